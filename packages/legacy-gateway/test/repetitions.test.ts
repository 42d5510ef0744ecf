import { ManualClock } from "@apnskit/testkit";
import { raw } from "apnskit";
import { describe, expect, it } from "vitest";
import { Push } from "../src/push/push.ts";
import { Repetitions } from "../src/push/repetitions.ts";
import { DONE, refused, UNSENT, type Verdict } from "../src/push/verdict.ts";

const BAD_TOKEN = refused(8, "BadDeviceToken");
const DOUBT: Verdict = { state: "doubtful", reason: "ERR_APNS_CLOSED" };

function push(token = "aa", payload = "{}", expiry: number | "none" = 0, verdict?: Verdict): Push {
  const notification = raw({ pushType: "alert", payload });
  const one = new Push(1, token, notification, expiry === "none" ? undefined : expiry, 0, () => {});
  if (verdict !== undefined) one.settle(verdict);
  return one;
}

function memory(capacity = 100): { clock: ManualClock; repetitions: Repetitions } {
  const clock = new ManualClock();
  return { clock, repetitions: new Repetitions(clock, 60_000, capacity) };
}

describe("a repetition", () => {
  it("is absorbed once; the next one is a new notification", () => {
    const { repetitions } = memory();
    repetitions.remember([push("aa", "{}", 0, DONE)]);
    expect(repetitions.take(push())?.verdict).toBe(DONE);
    expect(repetitions.take(push())).toBeUndefined();
  });

  it("is absorbed as often as the same was accepted", () => {
    const { repetitions } = memory();
    repetitions.remember([push("aa", "{}", 0, DONE), push("aa", "{}", 0, DONE)]);
    expect([1, 2, 3].map(() => repetitions.take(push()) !== undefined)).toEqual([true, true, false]);
  });

  it.each([
    ["token", push("bb")],
    ["payload", push("aa", '{"aps":{}}')],
    ["expiry", push("aa", "{}", 1)],
    ["absence of an expiry", push("aa", "{}", "none")],
  ])("has the same %s", (_, other) => {
    const { repetitions } = memory();
    repetitions.remember([push("aa", "{}", 0, DONE)]);
    expect(repetitions.take(other)).toBeUndefined();
    expect(repetitions.size).toBe(1);
  });

  it("comes within the time", () => {
    const { repetitions, clock } = memory();
    repetitions.remember([push("aa", "{}", 0, DONE)]);
    clock.advance(59_999);
    expect(repetitions.size).toBe(1);
    clock.advance(1);
    expect(repetitions.take(push())).toBeUndefined();
    expect(repetitions.size).toBe(0);
  });

  it("shares the fate of what is still under way", () => {
    const { repetitions } = memory();
    const first = push();
    repetitions.remember([first]);
    const fate = repetitions.take(push());
    const verdicts: unknown[] = [];
    fate?.onVerdict((verdict) => verdicts.push(verdict));
    first.settle(BAD_TOKEN);
    expect(verdicts).toEqual([BAD_TOKEN]);
  });

  it("leaves the verdict to the connection that sent the first one as well", () => {
    const told: string[] = [];
    const notification = raw({ payload: "{}", pushType: "alert" });
    const first = new Push(1, "aa", notification, 0, 0, () => told.push("connection"));
    const { repetitions } = memory();
    repetitions.remember([first]);
    repetitions.take(push())?.onVerdict(() => told.push("repetition"));
    first.settle(DONE);
    expect(told).toEqual(["connection", "repetition"]);
  });

  it("of what may have reached the device is absorbed as well", () => {
    const { repetitions } = memory();
    repetitions.remember([push("aa", "{}", 0, DOUBT)]);
    expect(repetitions.take(push())?.verdict).toBe(DOUBT);
  });

  it.each([
    ["refused", BAD_TOKEN],
    ["never sent", UNSENT],
  ])("of what was %s is sent, whether that was known before or turned out later", (_, verdict) => {
    const { repetitions } = memory();
    const later = push();
    repetitions.remember([push("aa", "{}", 0, verdict), later]);
    later.settle(verdict);
    expect(repetitions.take(push())).toBeUndefined();
  });
});

describe("the memory", () => {
  it("is bounded: the oldest make room, and are counted", () => {
    const { repetitions } = memory(2);
    repetitions.remember(["aa", "bb", "cc"].map((token) => push(token, "{}", 0, DONE)));
    expect(repetitions.size).toBe(2);
    expect(repetitions.displaced).toBe(1);
    expect(["aa", "bb", "cc"].map((token) => repetitions.take(push(token)) !== undefined)).toEqual([
      false,
      true,
      true,
    ]);
  });

  it("stays small however many pass through it", () => {
    const { repetitions, clock } = memory(1_000);
    for (let round = 0; round < 5_000; round++) {
      repetitions.remember([push("aa", "{}", round, DONE), push("bb", "{}", round, DONE)]);
      repetitions.take(push("aa", "{}", round));
      clock.advance(1_000);
      expect(repetitions.size).toBeLessThanOrEqual(61);
    }
  });

  it("survives a restart: what was under way then is in doubt", () => {
    const before = memory();
    before.repetitions.remember([push("aa", "{}", 0, DONE), push("bb"), push("cc", "{}", 0, BAD_TOKEN)]);
    before.clock.advance(20_000);
    const kept = JSON.parse(JSON.stringify(before.repetitions.keep()));
    const after = memory();
    after.clock.advance(20_000);
    after.repetitions.restore(kept);
    after.clock.advance(39_999);
    expect(after.repetitions.take(push("aa"))?.verdict).toEqual(DONE);
    expect(after.repetitions.take(push("bb"))?.verdict?.state).toBe("doubtful");
    expect(after.repetitions.take(push("cc"))).toBeUndefined();
  });

  it("is off when its time is 0", () => {
    const repetitions = new Repetitions(new ManualClock(), 0, 100);
    repetitions.remember([push("aa", "{}", 0, DONE)]);
    expect(repetitions.take(push())).toBeUndefined();
  });
});
