import { once } from "node:events";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { alert, type Outcome } from "apnskit";
import type { Job, JobsOptions } from "bullmq";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  createPushProcessor,
  LockWatch,
  PushFailed,
  PushNotAccepted,
  type PushProcessorOptions,
  pushJob,
  stopWorker,
} from "../src/index.ts";
import { device, PushBench } from "./kit/pushes.ts";
import { describeStores, type StoreBench } from "./kit/stores.ts";

failOnLeaks({ grace: 5_000 });

let names = 0;
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function queueOf(bench: StoreBench) {
  const { classes, options } = bench.bullmq();
  const name = `pushes-${++names}`;
  const queue = new classes.Queue(name, options as never);
  closing.push(() => queue.close());
  const work = (processor: unknown, more: object = {}, port?: number) => {
    const bound = bench.bullmq(port);
    const worker = new bound.classes.Worker(
      name,
      processor as never,
      { ...bound.options, drainDelay: 0.2, ...more } as never,
    );
    worker.on("error", () => {});
    LockWatch.of(worker);
    closing.push(() => worker.close(true));
    return worker;
  };
  const add = (data: object, opts: JobsOptions = {}) => queue.add("push", data as never, opts);
  return { queue, work, add };
}

const push = (index: number, title = "Hello") => pushJob(device(index), alert({ title }));

async function endOf(
  job: Job,
  queue: { getJob(id: string): Promise<unknown> },
  states: string[],
): Promise<Job> {
  await vi.waitFor(async () => expect(states).toContain(await job.getState()), {
    timeout: 20_000,
    interval: 20,
  });
  return (await queue.getJob(job.id!)) as Job;
}

describeStores("a job of one push", (bench) => {
  it("that APNs accepts is completed with the outcome, and apns-id and collapse id are the job's", async () => {
    await using pushes = await PushBench.open();
    const { queue, work, add } = queueOf(bench());
    work(createPushProcessor({ client: pushes.apns }));
    const job = await endOf(await add(push(1)), queue, ["completed"]);
    const [received] = await pushes.server.received({ acted: true });
    const outcome = job.returnvalue as Outcome;
    expect(outcome).toMatchObject({ result: "accepted", token: device(1), attempts: 1 });
    expect(outcome.apnsId).toBe(received!.apnsId?.toLowerCase());
    expect(received!.collapseId).toMatch(/^[\w-]{43}$/);
  });

  it("that is delivered twice shows once", async () => {
    await using pushes = await PushBench.open();
    const { queue, add } = queueOf(bench());
    const job = await add(push(2));
    const processor = createPushProcessor({ client: pushes.apns });
    const again = (await queue.getJob(job.id!)) as Job;
    await processor(job as Job);
    await processor(again);
    const both = await pushes.server.received({ acted: true });
    expect(both).toHaveLength(2);
    expect(new Set(both.map(({ collapseId }) => collapseId)).size).toBe(1);
    expect(new Set(both.map(({ apnsId }) => apnsId)).size).toBe(1);
  });

  it("keeps the ids of its notification", async () => {
    await using pushes = await PushBench.open();
    const { queue, work, add } = queueOf(bench());
    work(createPushProcessor({ client: pushes.apns }));
    const id = "8e5e8b6e-9a3b-4c1e-a6c5-0f3c1f6d2b11";
    await endOf(await add(pushJob(device(3), alert({ title: "x", id, collapseId: "own" }))), queue, [
      "completed",
    ]);
    const [received] = await pushes.server.received({ acted: true });
    expect([received!.apnsId?.toLowerCase(), received!.collapseId]).toEqual([id, "own"]);
  });

  it("that APNs rejects fails for good, whatever its options say", async () => {
    await using pushes = await PushBench.open();
    pushes.server.devices.unregister(device(4));
    const { queue, work, add } = queueOf(bench());
    const worker = work(createPushProcessor({ client: pushes.apns }));
    const failed = once(worker, "failed");
    const job = await endOf(await add(push(4), { attempts: 5 }), queue, ["failed"]);
    expect(job.failedReason).toMatch(/^APNs answered 410 Unregistered: /);
    expect(job.attemptsMade).toBe(1);
    const [, error] = (await failed) as [Job, PushFailed];
    expect(error).toBeInstanceOf(PushFailed);
    expect(error.outcome).toMatchObject({ result: "rejected", tokenIsDead: true });
    expect(JSON.stringify(job.asJSON().stacktrace) + job.failedReason).not.toContain(device(4));
  });

  it("that APNs cannot take now is tried again by BullMQ, under the same id", async () => {
    await using pushes = await PushBench.open({ timeout: 200, retry: { minDelay: 1_000 } });
    pushes.server.inject({ kind: "answer", reason: "InternalServerError", times: 2 });
    const { queue, work, add } = queueOf(bench());
    const worker = work(createPushProcessor({ client: pushes.apns }));
    const failed = once(worker, "failed");
    const job = await endOf(await add(push(5), { attempts: 5, backoff: 10 }), queue, ["completed"]);
    const [, error] = (await failed) as [Job, PushNotAccepted];
    expect(error).toBeInstanceOf(PushNotAccepted);
    expect(error.outcome).toMatchObject({ result: "rejected", status: 500 });
    expect(job.attemptsMade).toBe(3);
    const all = await pushes.server.received({ count: 3 });
    expect(new Set(all.map(({ collapseId }) => collapseId)).size).toBe(1);
  });

  it.each<[string, object, Partial<PushProcessorOptions<never>>, RegExp]>([
    ["that pushJob() has not made", { to: "x" }, {}, /not what pushJob/],
    ["without data", [], {}, /not what pushJob/],
    [
      "with a notification of no kind",
      { device: device(6), notification: { version: 1, kind: "no" } },
      {},
      /kind/,
    ],
    ["with a device token that is none", { ...push(6), device: "zz" }, {}, /ERR_APNS_INVALID_DEVICE_TOKEN/],
    [
      "that `push` makes bad input of",
      {},
      { push: () => ({ device: "aa", notification: alert({} as never) }) },
      /./,
    ],
  ])("%s fails for good, and nothing is sent", async (_, data, options, reason) => {
    await using pushes = await PushBench.open();
    const { queue, work, add } = queueOf(bench());
    work(createPushProcessor({ client: pushes.apns, ...(options as object) }));
    const job = await endOf(await add(data, { attempts: 5 }), queue, ["failed"]);
    expect(job.attemptsMade).toBe(1);
    expect(job.failedReason).toMatch(reason);
    expect(pushes.server.ledger.totals.arrived).toBe(0);
  });

  it("whose `push` throws an error of the application is tried again", async () => {
    await using pushes = await PushBench.open();
    const { queue, work, add } = queueOf(bench());
    let calls = 0;
    const processor = createPushProcessor<{ id: number }>({
      client: () => pushes.apns,
      push: ({ data }) => {
        if (++calls === 1) throw new Error("the database is away");
        return { device: device(data.id), notification: alert({ title: "x" }) };
      },
    });
    work(processor);
    const job = await endOf(await add({ id: 7 }, { attempts: 2 }), queue, ["completed"]);
    expect(job.returnvalue).toMatchObject({ result: "accepted", token: device(7) });
  });

  it("without an answer is tried again with a collapse id, and fails for good without", async () => {
    await using pushes = await PushBench.open({ timeout: 100 });
    pushes.server.inject({ kind: "stall", times: 2 });
    const { queue, work, add } = queueOf(bench());
    work(createPushProcessor({ client: pushes.apns }));
    const harmless = await endOf(await add(push(8), { attempts: 3 }), queue, ["completed", "failed"]);
    expect(await harmless.getState()).toBe("completed");
    const strict = queueOf(bench());
    strict.work(createPushProcessor({ client: pushes.apns, collapse: false }));
    pushes.server.inject({ kind: "stall", times: 1 });
    const doubtful = await endOf(await strict.add(push(9), { attempts: 3 }), strict.queue, [
      "completed",
      "failed",
    ]);
    expect(doubtful.failedReason).toMatch(/^the push may have been delivered: ERR_APNS_TIMEOUT/);
    expect(doubtful.attemptsMade).toBe(1);
  });
});

describeStores("a worker that stops", (bench) => {
  it("gives what APNs has not answered back, without using up an attempt, and another worker sends it", async () => {
    await using pushes = await PushBench.open({ timeout: 60_000 });
    await using next = await PushBench.open();
    const { queue, work, add } = queueOf(bench());
    // Before the first answer, a connection carries one push.
    await pushes.apns.send(device(99), alert({ title: "first" }));
    pushes.server.inject({ kind: "stall" });
    const worker = work(createPushProcessor({ client: pushes.apns }), { concurrency: 10 });
    const jobs = await Promise.all(Array.from({ length: 5 }, (_, index) => add(push(100 + index))));
    await vi.waitFor(() => expect(pushes.server.faults[0]!.hits).toBe(5), { timeout: 20_000 });
    expect(await stopWorker(worker, pushes.apns, { drain: 50 })).toBe(true);
    expect(await queue.getJobCounts("active", "failed")).toMatchObject({ active: 0, failed: 0 });
    work(createPushProcessor({ client: next.apns }));
    for (const job of jobs) {
      const ended = await endOf(job as Job, queue, ["completed"]);
      expect(ended.attemptsMade).toBe(1);
    }
    const doubled = await next.server.received({ count: 5, acted: true });
    expect(new Set(doubled.map(({ collapseId }) => collapseId)).size).toBe(5);
  });
});

describe("the options of createPushProcessor()", () => {
  it.each([
    [{}, "client"],
    [{ client: {} }, "client"],
    [{ client: () => {}, push: 1 }, "push"],
    [{ client: () => {}, collapse: "no" }, "collapse"],
    [{ client: () => {}, timeout: -1 }, "timeout"],
    [{ client: () => {}, notification: 1 }, "notification"],
    [undefined, "options"],
  ])("%j: %s is refused", (options, option) => {
    expect(() => createPushProcessor(options as never)).toThrow(expect.objectContaining({ option }));
  });

  it("its function takes three arguments, or BullMQ would give no signal", () => {
    expect(createPushProcessor({ client: () => ({}) as never })).toHaveLength(3);
  });
});

describe("pushJob()", () => {
  it("checks device and notification before they are in the queue", () => {
    expect(() => pushJob("zz", alert({ title: "x" }))).toThrow(
      expect.objectContaining({ code: "ERR_APNS_INVALID_DEVICE_TOKEN" }),
    );
    expect(() => pushJob(device(1), {} as never)).toThrow(
      expect.objectContaining({ code: "ERR_APNS_INVALID_PUSH_JOB" }),
    );
    expect(JSON.parse(JSON.stringify(push(1)))).toEqual(push(1));
  });
});

describe("stopWorker()", () => {
  it.each([
    [[undefined, {}], "worker"],
    [[{ close: () => {} }, undefined], "client"],
    [[{ close: () => {} }, { close: () => {} }, { drain: 10, limit: 5 }], "limit"],
    [[{ close: () => {} }, { close: () => {} }, { wait: 5 }], "wait"],
  ])("%j: %s is refused", async (args, option) => {
    await expect(stopWorker(...(args as unknown as Parameters<typeof stopWorker>))).rejects.toMatchObject({
      option,
    });
  });
});
