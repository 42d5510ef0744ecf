import { Writable } from "node:stream";
import { inspect } from "node:util";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { Rejected, retryablePairs } from "../src/index.ts";
import { type Answer, outcomeOfAnswer, outcomeOfError, type RejectedOutcome } from "../src/outcome.ts";
import { hello, TOKEN, tokenOf } from "./kit/clients.ts";

const answer = (status: number, reason?: string): Answer => ({
  status,
  reason,
  apnsId: undefined,
  apnsUniqueId: undefined,
  timestamp: undefined,
});

const given = TOKEN.toUpperCase();
const outcome = outcomeOfAnswer(answer(410, "Unregistered"), {
  token: TOKEN,
  given,
  apnsId: "id",
  attempts: 1,
  duration: 1,
}) as RejectedOutcome;

describe("Rejected in a log has the device token abbreviated", () => {
  const error = new Rejected(outcome, { cause: new Error("behind it") });

  const written: [string, () => string][] = [
    ["JSON", () => JSON.stringify(error)],
    ["inspect", () => inspect(error)],
    [
      "inspect that shows hidden fields and getters",
      () => inspect(error, { showHidden: true, getters: true, depth: 9 }),
    ],
    ["a list in console.error", () => inspect([{ error }], { depth: 9 })],
    ["String", () => `${error} ${error.stack}`],
    [
      "pino",
      () => {
        let text = "";
        const destination = new Writable({
          write(chunk: Buffer, _, done) {
            text += chunk;
            done();
          },
        });
        const logger = pino({}, destination);
        logger.error(error);
        logger.error({ err: error, error }, "failed");
        return text;
      },
    ],
  ];
  it.each(written)("%s", (_, write) => {
    const text = write();
    expect(text).toContain("Unregistered");
    expect(text.toLowerCase()).not.toContain(TOKEN.slice(0, 9));
  });

  it("with all else of the outcome", () => {
    const { token: _, given: __, ...rest } = outcome;
    expect(error.toJSON()).toEqual({
      name: "Rejected",
      code: "ERR_APNS_REJECTED",
      message: "APNs answered 410 Unregistered: the device token is not active for the topic any more",
      outcome: { token: "abababab…", ...rest },
    });
    expect(inspect(error)).toMatch(/Rejected[\s\S]*at [\s\S]*abababab…/);
  });

  it("while outcome and what stands for it have it whole", () => {
    expect(error.outcome).toBe(outcome);
    expect([error.status, error.reason, error.tokenIsDead, error.retryable]).toEqual([
      410,
      "Unregistered",
      true,
      false,
    ]);
    expect([error.name, error.cause]).toEqual(["Rejected", new Error("behind it")]);
  });

  it("and none for a broadcast; a short token is not cut", () => {
    const { token: _, given: __, ...broadcast } = outcome;
    expect(new Rejected(broadcast as RejectedOutcome).toJSON().outcome).toEqual(broadcast);
    expect(new Rejected({ ...outcome, token: "12345678" }).toJSON()).toMatchObject({
      outcome: { token: "12345678" },
    });
  });
});

describe("retryablePairs", () => {
  const pairs = [0, 1, 2, 3].map((n) => [tokenOf(n), hello] as const);
  const submission = (index?: number) => ({ attempts: 1, duration: 1, index });

  it("gives the pairs whose outcome is retryable, in the order of the outcomes", () => {
    const outcomes = [
      outcomeOfAnswer(answer(503), submission(3)),
      outcomeOfAnswer(answer(200), submission(0)),
      outcomeOfAnswer(answer(410), submission(2)),
      outcomeOfError(Object.assign(new Error("x"), { delivery: "unsent" }), submission(1)),
    ];
    const again = retryablePairs(outcomes, pairs);
    expect(again).toEqual([pairs[3], pairs[1]]);
    expect(again[0]).toBe(pairs[3]);
    expect(retryablePairs([], pairs)).toEqual([]);
  });

  it.each([4, -1, 0.5, undefined])("refuses an outcome whose index is %s", (index) => {
    const strange = outcomeOfAnswer(answer(200), submission(index));
    expect(() => retryablePairs([strange], pairs)).toThrow(/`outcomes` must be those of sendMany\(pairs\)/);
    expect(() => retryablePairs([strange], pairs)).toThrow(expect.objectContaining({ option: "outcomes" }));
  });
});
