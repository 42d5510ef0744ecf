import { describe, expect, it } from "vitest";
import { type Allowed, differences, type Told } from "./support/judge/oracle.ts";
import type { LedgerAttempt } from "./support/judge/scene.ts";

/** Tests of the judge itself: it finds each false outcome, and passes each true outcome. */

const unanswered: LedgerAttempt = {
  key: "one",
  path: "/3/device/aa",
  number: 1,
  connection: 1,
  stream: 1,
  bytes: 10,
  whole: true,
  began: false,
  status: null,
  reset: null,
  disowned: false,
  cancelled: false,
};
const taken: LedgerAttempt = { ...unanswered, began: true, status: 200 };
const refused: LedgerAttempt = { ...unanswered, began: true, status: 503 };
const disowned: LedgerAttempt = { ...unanswered, reset: 7, disowned: true };
const partial: LedgerAttempt = { ...unanswered, whole: false, bytes: 3 };

const told: Told = { claim: "unknown", times: 1, attempts: undefined, took: 10, text: "" };
const allowed: Allowed = { idempotent: false, limit: 1_000, late: 0 };

function judge(
  claim: string,
  attempts: readonly LedgerAttempt[],
  more: Partial<Told & Allowed> = {},
): string[] {
  const ledger = { attempts, connections: [] };
  return differences({ ...told, claim, ...more }, ledger, { ...allowed, ...more });
}

describe("the judge passes true outcomes", () => {
  it.each([
    ["accepted", [taken]],
    ["rejected 503 Shutdown", [refused]],
    ["unsent", []],
    ["unsent", [disowned]],
    ["unsent", [partial]],
    ["unsent", [refused]],
    ["unknown", [unanswered]],
    ["unknown", []],
    ["accepted", [disowned, refused, taken]],
  ] as const)("%s", (claim, attempts) => expect(judge(claim, attempts)).toEqual([]));

  it("an idempotent request may be taken twice", () => {
    expect(judge("accepted", [unanswered, taken], { idempotent: true })).toEqual([]);
  });

  it("an outcome that is late only because the machine is busy", () => {
    expect(judge("unknown", [unanswered], { took: 2_000, late: 700 })).toEqual([]);
  });
});

describe("the judge finds false outcomes", () => {
  it.each([
    ["accepted", [unanswered], "accepted nothing"],
    ["accepted", [], "accepted nothing"],
    ["unsent", [unanswered], "may have acted on attempt 1"],
    ["unsent", [disowned, taken], "may have acted on attempt 1"],
    ["rejected 503 Shutdown", [unanswered], "gave no such answer"],
    ["accepted", [taken, taken], "not idempotent"],
    ["unknown", [unanswered, unanswered], "not idempotent"],
    ["thrown", [], "not an outcome"],
  ] as const)("%s", (claim, attempts, words) => expect(judge(claim, attempts).join()).toContain(words));

  it("settled twice, or never", () => {
    expect(judge("unknown", [], { times: 2 })).toEqual(["settled 2 times"]);
    expect(judge("unknown", [], { times: 0 })).toEqual(["settled 0 times"]);
  });

  it("after its limit", () => {
    expect(judge("unknown", [unanswered], { took: 3_000 }).join()).toContain("its limit was 1000 ms");
  });

  it("with fewer attempts than the server saw", () => {
    expect(judge("accepted", [refused, taken], { attempts: 1 }).join()).toContain("counts 1 attempts");
  });

  it("against the rules of HTTP/2", () => {
    const connections = [{ number: 1, frames: [], violations: ["FlowControlError"] }];
    expect(differences(told, { attempts: [], connections }, allowed)).toEqual([
      "connection 1 broke HTTP/2: FlowControlError",
    ]);
  });
});
