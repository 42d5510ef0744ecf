import { Closed, Request, type Response, StreamReset, Timeout } from "@apnskit/pool";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { failureOf, outcomeOf, requestMaker, Sending } from "../demo/send.ts";
import { Tally } from "../demo/tally.ts";

/** A pool whose answers the test controls. */
class ManualPool {
  readonly waiting: { resolve: (response: Response) => void; reject: (error: Error) => void }[] = [];

  post(): Promise<Response> {
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  answerAll(): void {
    for (const { resolve } of this.waiting.splice(0)) resolve({ status: 200 } as Response);
  }
}

async function* requests(count: number) {
  for (let i = 0; i < count; i++) yield Request.of(`/3/device/${i}`);
}

/** Lets the event loop turn until the pool gets no more requests. */
async function quiet(pool: ManualPool): Promise<void> {
  for (let turns = 0, before = -1; turns < 3 || before !== pool.waiting.length; turns++) {
    before = pool.waiting.length;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("sending", () => {
  let pool: ManualPool;
  let tally: Tally;

  beforeEach(() => {
    pool = new ManualPool();
    tally = new Tally();
  });
  afterEach(() => void vi.useRealTimers());

  test("never has more requests in flight than the window allows, and posts the next when an answer arrives", async () => {
    const sending = new Sending(pool, tally, 3);
    const posted = sending.postAll(requests(8));
    const seen: number[] = [];
    for (let round = 0; round < 3; round++) {
      await quiet(pool);
      seen.push(pool.waiting.length);
      pool.answerAll();
    }
    await posted;
    await sending.settled(1_000);
    expect(seen).toEqual([3, 3, 2]);
    expect(tally.posted).toBe(8);
    expect(tally.counts.accepted).toBe(8);
  });

  test("posts nothing more after `stop`, but still counts answers", async () => {
    const sending = new Sending(pool, tally, 3);
    const posted = sending.postAll(requests(8));
    await quiet(pool);
    sending.stop(1_000);
    await posted;
    pool.answerAll();
    await sending.settled(60_000);
    expect(tally.posted).toBe(3);
    expect(tally.settled).toBe(3);
  });

  test("stops waiting after the given time, and shortens it at once on `stop`", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const sending = new Sending(pool, tally, 3);
    await sending.postAll(requests(2));
    let settled = false;
    const waiting = sending.settled(60_000).then(() => (settled = true));
    await vi.advanceTimersByTimeAsync(50_000);
    expect(settled).toBe(false);
    sending.stop(100);
    await vi.advanceTimersByTimeAsync(100);
    await waiting;
    expect(tally.posted - tally.settled).toBe(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("lets timers and signals run while every post fails at once", async () => {
    const broken = { post: () => Promise.reject(new Closed("Shutdown", "unsent")) };
    const sending = new Sending(broken, tally, 3);
    setImmediate(() => sending.stop(1_000));
    await sending.postAll(requests(1_000_000));
    await sending.settled(1_000);
    expect(tally.posted).toBeLessThan(10_000);
    expect(tally.counts.unsent).toBe(tally.posted);
  });
});

describe("an outcome", () => {
  test("is accepted for 200, else rejected with status and reason", () => {
    expect(outcomeOf({ status: 200, reason: undefined })).toEqual({ kind: "accepted" });
    expect(outcomeOf({ status: 410, reason: "Unregistered" })).toEqual({
      kind: "rejected",
      reason: "410 Unregistered",
    });
    expect(outcomeOf({ status: 502, reason: undefined })).toMatchObject({
      reason: expect.stringMatching(/^502 /),
    });
  });

  test("is the delivery of an error, with its message", () => {
    expect(failureOf(new Timeout("timeout", "unsent"))).toMatchObject({ kind: "unsent" });
    expect(failureOf(new Closed("ECONNRESET", "unknown"))).toEqual({
      kind: "unknown",
      reason: "closed: ECONNRESET",
    });
    expect(failureOf(new StreamReset(2, "unknown")).kind).toBe("unknown");
  });

  test("is unknown after any other error", () => {
    expect(failureOf(new TypeError("oops"))).toEqual({ kind: "unknown", reason: "TypeError: oops" });
    expect(failureOf(undefined)).toEqual({ kind: "unknown", reason: "undefined" });
  });
});

describe("the requests of a file", () => {
  const parsed = {
    path: "/3/device/ab",
    headers: { "apns-topic": "com.example.app" },
    body: Buffer.from("{}"),
  };

  test("have the expected path, headers, body and time limit", () => {
    const request = requestMaker(1_234)(parsed);
    expect(request.path).toBe("/3/device/ab");
    expect(request.timeout).toBe(1_234);
    expect(request.body).toBe(parsed.body);
  });

  test("are refused when the body is larger than APNs takes", () => {
    expect(() => requestMaker(1)({ ...parsed, body: Buffer.alloc(4_097) })).toThrow(/4097|4,097/);
  });
});
