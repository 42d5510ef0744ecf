// Takes jobs from the queue "pushes" and sends each as a notification; SIGTERM stops it without losing one.
import { ApnsClient, alert, collapseIdFor, providerToken } from "apnskit";
import { DelayedError, UnrecoverableError, Worker } from "bullmq";
import { Redis } from "ioredis";

/** Milliseconds for what is under way when the worker stops; well below the 30 s after which Kubernetes kills. */
const DRAIN = 5_000;
/** Milliseconds until a job is tried again; the client's own retries come before that. */
const AGAIN_AFTER = 1_000;

const apns = await ApnsClient.open({
  environment: "production",
  auth: providerToken({ key: { file: "AuthKey_ABC123DEFG.p8" }, keyId: "ABC123DEFG", teamId: "DEF123GHIJ" }),
  topic: "com.example.app",
  timeout: 20_000,
});
const redis = new Redis(process.env.REDIS_URL ?? "redis://localhost", { maxRetriesPerRequest: null });

async function work(job, lock) {
  const { orderId, event, device } = job.data;
  // A job may run twice; its collapse id makes one notification of both pushes.
  const collapseId = collapseIdFor("order", orderId, event);
  const outcome = await apns.trySend(device, alert({ title: `Order ${orderId}`, body: event, collapseId }));
  if (outcome.result === "accepted") return { apnsId: outcome.apnsId };
  if (outcome.result === "rejected" && !outcome.retryable) throw new UnrecoverableError(outcome.reason);
  // Without an answer the job goes back, and none of its attempts is used up.
  await job.moveToDelayed(Date.now() + AGAIN_AFTER, lock);
  throw new DelayedError();
}

const worker = new Worker("pushes", work, {
  connection: redis,
  concurrency: 100,
  lockDuration: 60_000, // longer than the client's timeout: no other worker takes a job that is being sent
});
worker.on("error", (error) => console.error(error.message));

process.once("SIGTERM", async () => {
  const stopped = worker.close(); // takes no new jobs, waits for those under way
  // At the same time, or a stop would take as long as the longest timeout when APNs is silent.
  await Promise.all([stopped, apns.close({ drain: DRAIN })]);
  await redis.quit();
});
console.log("ready");
