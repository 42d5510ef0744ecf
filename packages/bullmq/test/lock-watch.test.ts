import { EventEmitter } from "node:events";
import { ManualClock } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { afterEach, describe, expect, it } from "vitest";
import { LockLost, LockWatch } from "../src/index.ts";
import { isLockLost } from "../src/worker/lock-watch.ts";

failOnLeaks();

/** A worker that only has events. */
class FakeWorker extends EventEmitter {
  readonly opts: { lockDuration: number };
  readonly cancelled: [id: string, reason: unknown][] = [];

  constructor(lockDuration = 1_000) {
    super();
    this.opts = { lockDuration };
  }

  cancelJob(id: string, reason?: unknown): boolean {
    this.cancelled.push([id, reason]);
    return true;
  }

  get ids(): string[] {
    return this.cancelled.map(([id]) => id);
  }
}

let worker: FakeWorker;
function bench(lockDuration?: number) {
  const clock = new ManualClock();
  worker = new FakeWorker(lockDuration);
  const watch = LockWatch.of(worker, clock);
  return { clock, watch };
}
afterEach(() => void worker.emit("closed"));

describe("a job whose lock", () => {
  it("is renewed goes on", () => {
    const { clock, watch } = bench();
    worker.emit("active", { id: "1" });
    for (let i = 0; i < 20; i++) {
      clock.advance(500);
      worker.emit("locksRenewed", { jobIds: ["1"] });
    }
    expect(worker.cancelled).toEqual([]);
    expect(watch.holds("1")).toBe(true);
  });

  it("another worker has taken is aborted at once", () => {
    const { watch } = bench();
    worker.emit("active", { id: "1" });
    worker.emit("active", { id: "2" });
    worker.emit("lockRenewalFailed", ["1"]);
    expect(worker.ids).toEqual(["1"]);
    expect(worker.cancelled[0]![1]).toBeInstanceOf(LockLost);
    expect([watch.holds("1"), watch.holds("2")]).toEqual([false, true]);
  });

  it("is not renewed, since the store cannot be reached, is aborted before the lock has expired", () => {
    const { clock, watch } = bench(30_000);
    worker.emit("active", { id: "1" });
    clock.advance(20_000);
    worker.emit("active", { id: "2" });
    expect(worker.ids).toEqual([]);
    clock.advance(9_000);
    expect(worker.ids).toEqual(["1"]);
    expect(watch.holds("2")).toBe(true);
  });

  it("expired while the process was stopped is not held from the first moment on", () => {
    const { clock, watch } = bench();
    worker.emit("active", { id: "1" });
    // As after SIGCONT: time has passed, and no timer has fired yet.
    const now = clock.now.bind(clock);
    clock.now = () => now() + 60_000;
    expect(watch.holds("1")).toBe(false);
  });

  it("is heard of after the job has ended is no matter", () => {
    const { clock, watch } = bench();
    for (const [id, event] of [
      ["1", "completed"],
      ["2", "failed"],
    ] as const) {
      worker.emit("active", { id });
      worker.emit(event, { id });
      worker.emit("locksRenewed", { jobIds: [id] });
      expect(watch.holds(id)).toBe(false);
    }
    clock.advance(10_000);
    expect(worker.cancelled).toEqual([]);
  });
});

describe("a watch", () => {
  it("has no timer without jobs, and none after its worker was closed", () => {
    const { clock } = bench();
    expect(clock.pending).toBe(0);
    worker.emit("active", { id: "1" });
    expect([clock.pending, clock.refed]).toEqual([1, 0]);
    worker.emit("completed", { id: "1" });
    clock.advance(1_000);
    expect(clock.pending).toBe(0);
    worker.emit("active", { id: "2" });
    worker.emit("closed");
    expect(clock.pending).toBe(0);
  });

  it("refuses what is no worker", () => {
    bench();
    expect(() => LockWatch.of({} as never)).toThrow(expect.objectContaining({ option: "worker" }));
  });

  it("tells its own abortion from others", () => {
    bench();
    const [lost, other] = [new AbortController(), new AbortController()];
    lost.abort(new LockLost("gone"));
    other.abort();
    expect([lost, other, new AbortController()].map(({ signal }) => isLockLost(signal))).toEqual([
      true,
      false,
      false,
    ]);
    expect(isLockLost(undefined)).toBe(false);
  });
});
