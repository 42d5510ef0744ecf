import { TcpProxy } from "@apnskit/testkit";
import { alert } from "apnskit";
import type { Job } from "bullmq";
import { expect, it, vi } from "vitest";
import { createPushProcessor, LockWatch, pushJob, stopWorker } from "../src/index.ts";
import { device, PushBench } from "./kit/pushes.ts";
import { describeStores } from "./kit/stores.ts";

// Without a look at what is left behind: BullMQ's own retries outlive a worker that was cut off from its store.
describeStores("a worker that cannot reach its store", (bench) => {
  it("stops within its bound, and says that not all was reported", async () => {
    await using pushes = await PushBench.open();
    await using proxy = await TcpProxy.listen({ target: bench().use.target });
    const { classes, options } = bench().bullmq();
    const queue = new classes.Queue("stuck", options as never);
    const bound = bench().bullmq(proxy.port);
    const processor = createPushProcessor({ client: pushes.apns });
    const worker = new bound.classes.Worker("stuck", processor as never, bound.options as never);
    worker.on("error", () => {});
    pushes.server.inject({ kind: "stall" });
    await queue.add("push", pushJob(device(1), alert({ title: "x" })) as never);
    await vi.waitFor(() => expect(pushes.server.faults[0]!.hits).toBe(1), { timeout: 20_000 });
    proxy.stall();
    expect(await stopWorker(worker, pushes.apns, { drain: 10, limit: 300 })).toBe(false);
    await queue.close();
  });

  it("aborts its push before another worker has the job, which sends it under the same ids", async () => {
    await using lost = await PushBench.open({ timeout: 60_000 });
    await using next = await PushBench.open();
    await using proxy = await TcpProxy.listen({ target: bench().use.target });
    const { classes, options } = bench().bullmq();
    const queue = new classes.Queue("cut", options as never);
    lost.server.inject({ kind: "stall" });
    const locks = { lockDuration: 600, stalledInterval: 300, maxStalledCount: 5, drainDelay: 0.2 };
    const errors: Error[] = [];
    const processor = createPushProcessor({ client: lost.apns });
    const noting = (job: Job, lock: string, signal: AbortSignal) =>
      processor(job as never, lock, signal).catch((error: Error) => {
        errors.push(error);
        throw error;
      });
    const bound = bench().bullmq(proxy.port);
    const first = new bound.classes.Worker("cut", noting as never, { ...bound.options, ...locks } as never);
    first.on("error", () => {});
    LockWatch.of(first);
    const job = await queue.add("push", pushJob(device(2), alert({ title: "x" })) as never);
    await vi.waitFor(() => expect(lost.server.faults[0]!.hits).toBe(1), { timeout: 20_000 });
    proxy.refuse();
    proxy.cut();
    await vi.waitFor(() => expect(errors).toHaveLength(1), { timeout: 20_000 });
    expect(errors[0]).toMatchObject({ name: "DelayedError" });
    const second = new classes.Worker(
      "cut",
      createPushProcessor({ client: next.apns }) as never,
      { ...options, ...locks } as never,
    );
    second.on("error", () => {});
    await vi.waitFor(async () => expect(await job.getState()).toBe("completed"), { timeout: 20_000 });
    expect(await next.server.received({ acted: true })).toHaveLength(1);
    await proxy.accept();
    await Promise.all([first.close(true), second.close(true), queue.close()]);
  });
});
