import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Pool, type PostResult, Request, withCollapseId } from "../src/index.ts";
import { chaosFaults } from "./chaos.ts";
import { Outcome, OutcomeRecord } from "./record.ts";
import { ServerProcess } from "./server-process.ts";
import { difference } from "./verdict.ts";

export interface SoakOptions {
  readonly count: number;
  readonly seed: number;
  readonly connections: number;
  /** Called now and then with how many have been settled. */
  readonly onProgress?: (settled: number) => void;
}

export interface SoakReport {
  readonly seed: number;
  readonly count: number;
  readonly seconds: number;
  /** What the callers were told. */
  readonly outcomes: ReturnType<OutcomeRecord["totals"]>;
  /** What the server saw. */
  readonly ledger: Record<string, number>;
  readonly retries: number;
  /** Connections that were opened in all. */
  readonly connections: number;
  /** Bytes of heap after a collection, before and after. */
  readonly heapBefore: number;
  readonly heapAfter: number;
  /** The first differences between the two, in words, and how many there are. */
  readonly differences: readonly string[];
  readonly differenceCount: number;
}

/** Memory may be larger by this share afterwards. */
const HEAP_TOLERANCE = 1.2;
const WARM_UP = 20_000;
const IDS_PER_CALL = 20_000;
const DIFFERENCES_SHOWN = 10;

/** Requests with odd numbers are idempotent. */
const isIdempotent = (index: number): boolean => index % 2 === 1;

/** Sends requests through a pool to a server that misbehaves at random, and compares what both sides say of each. */
export async function soak({ count, seed, connections, onProgress }: SoakOptions): Promise<SoakReport> {
  await using server = await ServerProcess.start(seed, chaosFaults(seed));
  const record = new OutcomeRecord(count);
  let opened = 0;
  const pool = new Pool(server.origin, {
    size: connections,
    tls: { ca: server.ca },
    connectTimeout: 2_000,
    pingInterval: 1_000,
    pingTimeout: 1_000,
    retry: { minDelay: 20, maxDelay: 500 },
    reconnect: { minDelay: 20, maxDelay: 500 },
  });
  pool.on("connected", () => opened++);
  try {
    const began = performance.now();
    // The warm-up leaves compiled code and full-grown tables behind; what is measured comes after.
    await run(pool, new OutcomeRecord(WARM_UP), (index) => idOf(seed, count + index));
    const heapBefore = collectedHeap();
    await run(pool, record, (index) => idOf(seed, index), onProgress);
    await server.calm();
    await pool.close({ drain: 10_000 });
    const heapAfter = collectedHeap();
    const { differences, differenceCount } = await compare(server, record, seed);
    if (heapAfter > heapBefore * HEAP_TOLERANCE) {
      differences.push(`heap grew from ${heapBefore} to ${heapAfter} bytes`);
    }
    return {
      seed,
      count,
      seconds: (performance.now() - began) / 1000,
      outcomes: record.totals(),
      ledger: await server.summary(),
      retries: pool.stats().retries,
      connections: opened,
      heapBefore,
      heapAfter,
      differences,
      differenceCount: Math.max(differenceCount, differences.length),
    };
  } finally {
    await pool.close();
  }
}

async function run(
  pool: Pool,
  record: OutcomeRecord,
  id: (index: number) => string,
  onProgress?: (settled: number) => void,
): Promise<void> {
  const headers = { "apns-topic": "com.example.soak", "apns-push-type": "alert" };
  const template = Request.json("/3/device/00", headers, { aps: { alert: "soak" } }, { timeout: 5_000 });
  function* requests(): Generator<Request> {
    for (let index = 0; index < record.length; index++) {
      const token = index.toString(16).padStart(64, "0");
      const request = template.to(`/3/device/${token}`, { "apns-id": id(index) });
      yield isIdempotent(index) ? withCollapseId(request) : request;
    }
  }
  let settled = 0;
  for await (const result of pool.postAll(requests())) {
    record.settle(result.index, outcomeOf(result));
    if (++settled % 1_000 === 0) onProgress?.(settled);
  }
}

function outcomeOf({ response, error }: PostResult): Outcome {
  if (response !== undefined) return response.ok ? Outcome.ACCEPTED : Outcome.REJECTED;
  return error.delivery === "unsent" ? Outcome.UNSENT : Outcome.UNKNOWN;
}

async function compare(server: ServerProcess, record: OutcomeRecord, seed: number) {
  const differences: string[] = [];
  let differenceCount = 0;
  for (let start = 0; start < record.length; start += IDS_PER_CALL) {
    const indices = Array.from(
      { length: Math.min(IDS_PER_CALL, record.length - start) },
      (_, i) => start + i,
    );
    const counts = await server.counts(indices.map((index) => idOf(seed, index)));
    for (const [i, index] of indices.entries()) {
      const [arrived, acted] = counts[i]!;
      const idempotent = isIdempotent(index);
      const outcome = record.outcome(index);
      const wrong = difference({
        outcome,
        timesSettled: record.timesSettled(index),
        idempotent,
        acted,
        arrived,
      });
      if (wrong === undefined) continue;
      differenceCount++;
      if (differences.length < DIFFERENCES_SHOWN) differences.push(`request ${index}: ${wrong}`);
    }
  }
  return { differences, differenceCount };
}

/** The id of a request follows from its number, so that none need be kept. */
function idOf(seed: number, index: number): string {
  const low = index.toString(16).padStart(12, "0");
  return `${(seed >>> 0).toString(16).padStart(8, "0")}-0000-4000-8000-${low}`;
}

function collectedHeap(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
