// Takes jobs from the queue "pushes" and sends each as a notification. SIGTERM stops it without losing a job.
import { createPushProcessor, LockWatch, RedisStore, SharedProviderToken, stopWorker } from "@apnskit/bullmq";
import { ApnsClient } from "apnskit";
import { Worker } from "bullmq";
import { Redis } from "ioredis";

const redis = new Redis(process.env.REDIS_URL ?? "redis://localhost", { maxRetriesPerRequest: null });
redis.on("error", (error) => console.error(error.message));

// All workers send APNs the same provider token.
const store = new RedisStore({ connection: redis });
const shared = await SharedProviderToken.open({
  key: { file: "AuthKey_ABC123DEFG.p8" },
  keyId: "ABC123DEFG",
  teamId: "DEF123GHIJ",
  store: store.tokens,
});
const apns = await ApnsClient.open({
  environment: "production",
  auth: shared.auth,
  topic: "com.example.app",
  timeout: 60_000,
});

const worker = new Worker("pushes", createPushProcessor({ client: apns }), {
  connection: redis,
  concurrency: 100,
  maxStalledCount: 10, // a push does not kill workers: run its job again when a worker dies
});
worker.on("error", (error) => console.error(error.message));
LockWatch.of(worker); // a lost lock aborts the push

process.once("SIGTERM", async () => {
  // Kubernetes kills after 30 s (`terminationGracePeriodSeconds`).
  const clean = await stopWorker(worker, apns, { drain: 5_000, limit: 20_000 });
  if (!clean) process.exit(1);
  await shared.close();
  await store.close();
  await redis.quit();
});
console.log("ready");
