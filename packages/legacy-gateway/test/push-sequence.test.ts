import { raw } from "apnskit";
import { describe, expect, it } from "vitest";
import { Push } from "../src/push/push.ts";
import { type Ending, PushSequence } from "../src/push/push-sequence.ts";
import { DONE, refused, UNSENT, type Verdict } from "../src/push/verdict.ts";

const BAD_TOKEN = refused(8, "BadDeviceToken");
const DOUBT: Verdict = { state: "doubtful", reason: "ERR_APNS_CLOSED" };
const notification = raw({ pushType: "alert", payload: "{}" });

/** A sequence with pushes of the identifiers 1 … count, and what settles them. */
class Bench {
  readonly sequence: PushSequence;
  readonly pushes: Push[] = [];
  isDrained = true;

  constructor(count: number, window = 100) {
    this.sequence = new PushSequence(window);
    for (let index = 0; index < count; index++) this.take();
  }

  take(): Push {
    const push = new Push(this.pushes.length + 1, "ab", notification, 0, 0, (one) =>
      this.sequence.settled(one),
    );
    this.pushes.push(push);
    this.sequence.take(push);
    return push;
  }

  settle(verdict: Verdict, ...identifiers: number[]): void {
    for (const identifier of identifiers) this.pushes[identifier - 1]!.settle(verdict);
  }

  get ending(): Ending | undefined {
    return this.sequence.conclude(this.isDrained);
  }

  get packet(): Ending["packet"] {
    return this.ending?.packet;
  }
}

const identifiers = (ending: Ending | undefined) => ending?.behind.map(({ identifier }) => identifier);

describe("the first refusal", () => {
  it("is told only when everything before it has gone well", () => {
    const bench = new Bench(5);
    bench.settle(BAD_TOKEN, 4);
    expect(bench.ending).toBeUndefined();
    bench.settle(DONE, 1, 2, 5);
    expect(bench.ending).toBeUndefined();
    bench.settle(DONE, 3);
    expect(bench.packet).toEqual({ status: 8, identifier: 4 });
  });

  it("is the earliest one, not the one that was answered first", () => {
    const bench = new Bench(5);
    bench.settle(BAD_TOKEN, 4, 2);
    bench.settle(DONE, 1);
    expect(bench.packet).toEqual({ status: 8, identifier: 2 });
  });

  it("does not wait for what is behind it, and names that to be absorbed", () => {
    const bench = new Bench(5);
    bench.settle(DONE, 1, 4);
    bench.settle(BAD_TOKEN, 2);
    expect(identifiers(bench.ending)).toEqual([3, 4, 5]);
  });

  it("ends the taking of notifications at once", () => {
    const bench = new Bench(5);
    expect(bench.sequence.takes).toBe(true);
    bench.settle(BAD_TOKEN, 5);
    expect(bench.sequence.takes).toBe(false);
  });

  it("may be a frame that became no notification", () => {
    const bench = new Bench(1);
    bench.sequence.take({ identifier: 7, verdict: refused(7, "too long") });
    expect(bench.ending).toBeUndefined();
    bench.settle(DONE, 1);
    expect(bench.packet).toEqual({ status: 7, identifier: 7 });
  });
});

describe("what may have reached the device", () => {
  it("is a processing error, and is not sent again when it comes again", () => {
    const bench = new Bench(3);
    bench.settle(DONE, 1);
    bench.settle(DOUBT, 2, 3);
    expect(bench.packet).toEqual({ status: 1, identifier: 2 });
    expect(identifiers(bench.ending)).toEqual([3]);
  });
});

describe("what was not sent", () => {
  it("ends with status 10 and the last one that was accepted", () => {
    const bench = new Bench(4);
    bench.settle(DONE, 1, 2, 4);
    bench.settle(UNSENT, 3);
    expect(bench.packet).toEqual({ status: 10, identifier: 2 });
    expect(identifiers(bench.ending)).toEqual([4]);
  });

  it("is named as failed where nothing was accepted: a client takes the one that status 10 names for accepted", () => {
    const bench = new Bench(2);
    bench.settle(UNSENT, 1, 2);
    expect(bench.packet).toEqual({ status: 1, identifier: 1 });
  });
});

describe("the window", () => {
  it("counts from the first one without an answer, for those behind it may have to be absorbed", () => {
    const bench = new Bench(3, 3);
    bench.settle(DONE, 2, 3);
    bench.ending;
    expect(bench.sequence.takes).toBe(false);
    bench.settle(DONE, 1);
    bench.ending;
    expect(bench.sequence.takes).toBe(true);
  });

  it("of one holds each back until the last is answered", () => {
    const bench = new Bench(1, 1);
    expect(bench.sequence.takes).toBe(false);
    bench.settle(DONE, 1);
    bench.ending;
    bench.take();
    bench.settle(BAD_TOKEN, 2);
    expect(identifiers(bench.ending)).toEqual([]);
  });
});

describe("a client that has ended its side", () => {
  it("has everything sent that it sent, and is told of the first refusal at the end", () => {
    const bench = new Bench(3);
    bench.isDrained = false;
    bench.sequence.depart();
    bench.settle(DONE, 1, 3);
    bench.settle(BAD_TOKEN, 2);
    expect(bench.sequence.takes).toBe(true);
    expect(bench.ending).toBeUndefined();
    bench.take();
    bench.isDrained = true;
    expect(bench.ending).toBeUndefined();
    bench.settle(BAD_TOKEN, 4);
    expect(bench.packet).toEqual({ status: 8, identifier: 2 });
    expect(bench.sequence.untold(bench.pushes[1])).toBe(1);
    expect(bench.sequence.untold(undefined)).toBe(2);
  });

  it("gets no packet when all has gone well", () => {
    const bench = new Bench(1);
    bench.sequence.depart();
    expect(bench.ending).toBeUndefined();
    bench.settle(DONE, 1);
    expect(bench.ending).toEqual({ packet: undefined, fault: undefined, behind: [] });
  });
});

describe("a gateway that stops", () => {
  it("waits for what is under way, and then names the last one that was accepted", () => {
    const bench = new Bench(3);
    bench.sequence.stop();
    expect(bench.sequence.takes).toBe(false);
    bench.settle(DONE, 2, 3);
    expect(bench.ending).toBeUndefined();
    bench.settle(DONE, 1);
    expect(bench.packet).toEqual({ status: 10, identifier: 3 });
  });

  it("tells a refusal in place of it", () => {
    const bench = new Bench(3);
    bench.sequence.stop();
    bench.settle(DONE, 1, 3);
    bench.settle(BAD_TOKEN, 2);
    expect(bench.packet).toEqual({ status: 8, identifier: 2 });
    expect(identifiers(bench.ending)).toEqual([3]);
  });

  it("says nothing to a client that has sent nothing", () => {
    const bench = new Bench(0);
    bench.sequence.stop();
    expect(bench.ending).toEqual({ packet: undefined, fault: undefined, behind: [] });
  });
});

describe("a connection that is cut", () => {
  it("leaves what is under way and the last 128 that went well", () => {
    const bench = new Bench(200, 1_000);
    for (let identifier = 1; identifier <= 150; identifier++) bench.settle(DONE, identifier);
    bench.ending;
    const left = new Set(bench.sequence.inCaseOfCut().map(({ identifier }) => identifier));
    const wanted = Array.from({ length: 178 }, (_, index) => index + 23);
    expect(left).toEqual(new Set(wanted));
  });
});
