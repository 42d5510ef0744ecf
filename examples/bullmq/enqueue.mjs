// Puts jobs into the queue "pushes": node enqueue.mjs <number of jobs>
import { Queue } from "bullmq";
import { Redis } from "ioredis";

const redis = new Redis(process.env.REDIS_URL ?? "redis://localhost", { maxRetriesPerRequest: null });
const queue = new Queue("pushes", { connection: redis });
const jobs = Array.from({ length: Number(process.argv[2]) }, (_, orderId) => {
  const device = orderId.toString(16).padStart(64, "0");
  return { name: "push", data: { orderId, event: "shipped", device }, opts: { attempts: 3 } };
});
await queue.addBulk(jobs);
await queue.close();
await redis.quit();
