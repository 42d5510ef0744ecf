/**
 * Posts a million requests at once to a server that never answers, and measures the memory of each waiting
 * request.
 */
import { setImmediate as turn } from "node:timers/promises";
import { Pool, Request } from "@apnskit/pool";
import { answer } from "../answer.ts";
import { liveMemory } from "../live-memory.ts";
import { devicePath, workload } from "../workload.ts";
import type { QueuedReply, QueuedRequest, QueuedResult } from "./messages.ts";

/** Longer than the bench runs. Each request has a deadline, because keeping deadlines is part of the cost. */
const TIMEOUT = 3_600_000;

async function measure({ task, count }: QueuedRequest): Promise<QueuedResult> {
  const { tokens, headers, body } = workload(task);
  const pool = await Pool.open(task.origin, { size: task.connections, tls: { ca: task.ca } });
  const template = Request.of(devicePath(tokens[0]!), headers, body, { timeout: TIMEOUT });

  const before = (await liveMemory()).live;
  const requests: Request[] = new Array(count);
  for (let i = 0; i < count; i++) requests[i] = template.to(devicePath(tokens[i % tokens.length]!));
  const withRequests = (await liveMemory()).live;

  let settled = 0;
  const onSettled = () => {
    settled++;
  };
  for (const request of requests) pool.post(request).then(onSettled, onSettled);
  requests.length = 0;
  const { live: withQueue, resident } = await liveMemory();

  await pool.close();
  await turn();
  return {
    count,
    requestBytes: (withRequests - before) / count,
    queuedBytes: (withQueue - before) / count,
    resident,
    settled,
  };
}

answer<QueuedRequest, QueuedReply>(async (request) => ({ type: "measured", ...(await measure(request)) }));
