/** Streams millions of requests from a generator through `postAll`, and samples memory on the way. */
import { Pool, Request } from "@apnskit/pool";
import { answer } from "../answer.ts";
import { devicePath, workload } from "../workload.ts";
import type { MemorySample, StreamingReply, StreamingRequest, StreamingResult } from "./messages.ts";

async function stream({ task, count, sampleInterval }: StreamingRequest): Promise<StreamingResult> {
  const { tokens, headers, body } = workload(task);
  const pool = await Pool.open(task.origin, { size: task.connections, tls: { ca: task.ca } });
  const template = Request.of(devicePath(tokens[0]!), headers, body, { timeout: 60_000 });
  function* requests(): Generator<Request> {
    for (let i = 0; i < count; i++) yield template.to(devicePath(tokens[i % tokens.length]!));
  }

  const samples: MemorySample[] = [];
  const failures: Record<string, number> = {};
  let done = 0;
  let accepted = 0;
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  const sample = () => {
    const { rss, heapUsed } = process.memoryUsage();
    samples.push({ seconds: elapsed(), done, resident: rss, heap: heapUsed });
  };
  sample();
  const sampling = setInterval(sample, sampleInterval);
  for await (const { response, error } of pool.postAll(requests())) {
    done++;
    if (response?.status === 200) {
      accepted++;
      continue;
    }
    const kind = response === undefined ? error.code : `status ${response.status}`;
    failures[kind] = (failures[kind] ?? 0) + 1;
  }
  clearInterval(sampling);
  sample();
  const seconds = elapsed();
  await pool.close();
  return { count, accepted, failures, seconds, samples };
}

answer<StreamingRequest, StreamingReply>(async (request) => ({
  type: "streamed",
  ...(await stream(request)),
}));
