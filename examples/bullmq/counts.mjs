// Prints the number of jobs of the queue "pushes" in each state, as JSON.
import { Queue } from "bullmq";
import { Redis } from "ioredis";

const redis = new Redis(process.env.REDIS_URL ?? "redis://localhost", { maxRetriesPerRequest: null });
const queue = new Queue("pushes", { connection: redis });
console.log(JSON.stringify(await queue.getJobCounts("waiting", "active", "delayed", "completed", "failed")));
await queue.close();
await redis.quit();
