// Puts jobs into the queue "pushes": node enqueue.mjs <number of jobs>
import { pushJob } from "@apnskit/bullmq";
import { alert } from "apnskit";
import { Queue } from "bullmq";
import { Redis } from "ioredis";

const redis = new Redis(process.env.REDIS_URL ?? "redis://localhost", { maxRetriesPerRequest: null });
const queue = new Queue("pushes", { connection: redis });
const jobs = Array.from({ length: Number(process.argv[2]) }, (_, order) => {
  const device = order.toString(16).padStart(64, "0");
  const notification = alert({ title: `Order ${order}`, body: "shipped", expiration: { days: 1 } });
  const opts = { attempts: 5, backoff: { type: "exponential", delay: 1_000 } };
  return { name: "push", data: pushJob(device, notification), opts };
});
await queue.addBulk(jobs);
await queue.close();
await redis.quit();
