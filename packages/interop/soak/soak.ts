import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { chaosFaults } from "./chaos.ts";
import { OutcomeRecord, outcomeNames } from "./record.ts";
import { type LayerName, openSender, type Sender, type ToSend } from "./sender.ts";
import { ServerProcess } from "./server-process.ts";
import { Suspender } from "./suspender.ts";
import { difference } from "./verdict.ts";

export interface SoakOptions {
  readonly count: number;
  readonly seed: number;
  readonly connections: number;
  readonly layer: LayerName;
  /** Whether the process is suspended now and then. */
  readonly suspends: boolean;
  /** Called now and then with the number of settled requests. */
  readonly onProgress?: (settled: number) => void;
}

export interface SoakReport {
  readonly seed: number;
  readonly count: number;
  readonly seconds: number;
  /** The outcomes that the callers got. */
  readonly outcomes: ReturnType<OutcomeRecord["totals"]>;
  /** The requests that the server saw. */
  readonly ledger: Record<string, number>;
  /** For each outcome: the numbers of requests that the server acted on never, once and more than once. */
  readonly acted: Readonly<Record<string, readonly [never: number, once: number, more: number]>>;
  readonly retries: number;
  readonly renewals: number;
  readonly suspensions: number;
  /** The number of all opened connections. */
  readonly connections: number;
  /** Bytes of heap after a garbage collection, before and after the run. */
  readonly heapBefore: number;
  readonly heapAfter: number;
  /** The first differences between callers and server, as text, and the number of all differences. */
  readonly differences: readonly string[];
  readonly differenceCount: number;
}

/** The heap may grow to this multiple. */
const HEAP_TOLERANCE = 1.2;
const WARM_UP = 20_000;
const IDS_PER_CALL = 20_000;
const DIFFERENCES_SHOWN = 10;

/** Requests with odd numbers are idempotent. */
const isIdempotent = (index: number): boolean => index % 2 === 1;

/** Sends requests to a server that fails at random, and compares both sides' accounts of each request. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const { count, seed, connections, layer, suspends, onProgress } = options;
  await using server = await ServerProcess.start(seed, chaosFaults(seed));
  const record = new OutcomeRecord(count);
  const sender = await openSender(layer, server.origin, {
    size: connections,
    tls: { ca: server.ca },
    connectTimeout: 2_000,
    pingInterval: 1_000,
    pingTimeout: 1_000,
    retry: { minDelay: 20, maxDelay: 500 },
    reconnect: { minDelay: 20, maxDelay: 500 },
  });
  try {
    const began = performance.now();
    // The warm-up compiles code and fills tables, so that the measurement starts after that growth.
    await run(sender, new OutcomeRecord(WARM_UP), (index) => idOf(seed, count + index));
    const heapBefore = collectedHeap();
    const suspensions = await suspended(suspends, seed, () =>
      run(sender, record, (index) => idOf(seed, index), onProgress),
    );
    await server.calm();
    await sender.close(10_000);
    const heapAfter = collectedHeap();
    const { differences, differenceCount, acted } = await compare(server, record, seed);
    if (heapAfter > heapBefore * HEAP_TOLERANCE) {
      differences.push(`heap grew from ${heapBefore} to ${heapAfter} bytes`);
    }
    return {
      seed,
      count,
      seconds: (performance.now() - began) / 1000,
      outcomes: record.totals(),
      ledger: await server.summary(),
      acted,
      retries: sender.retries,
      renewals: sender.renewals,
      suspensions,
      connections: sender.connectionsOpened,
      heapBefore,
      heapAfter,
      differences,
      differenceCount: Math.max(differenceCount, differences.length),
    };
  } finally {
    await sender.close();
  }
}

/** Runs `work` while this process is suspended now and then. Resolves with the number of suspensions. */
async function suspended(suspends: boolean, seed: number, work: () => Promise<void>): Promise<number> {
  if (!suspends) {
    await work();
    return 0;
  }
  await using suspender = new Suspender(seed);
  await work();
  return suspender.count;
}

async function run(
  sender: Sender,
  record: OutcomeRecord,
  id: (index: number) => string,
  onProgress?: (settled: number) => void,
): Promise<void> {
  function* requests(): Generator<ToSend> {
    for (let index = 0; index < record.length; index++) {
      const token = index.toString(16).padStart(64, "0");
      yield { id: id(index), token, idempotent: isIdempotent(index) };
    }
  }
  let settled = 0;
  for await (const { index, outcome, attempts } of sender.send(requests())) {
    record.settle(index, outcome, attempts);
    if (++settled % 1_000 === 0) onProgress?.(settled);
  }
}

async function compare(server: ServerProcess, record: OutcomeRecord, seed: number) {
  const differences: string[] = [];
  const acted: Record<string, [number, number, number]> = {};
  for (const name of outcomeNames) acted[name] = [0, 0, 0];
  let differenceCount = 0;
  for (let start = 0; start < record.length; start += IDS_PER_CALL) {
    const indices = Array.from(
      { length: Math.min(IDS_PER_CALL, record.length - start) },
      (_, i) => start + i,
    );
    const counts = await server.counts(indices.map((index) => idOf(seed, index)));
    for (const [i, index] of indices.entries()) {
      const [arrived, timesActed] = counts[i]!;
      const idempotent = isIdempotent(index);
      const outcome = record.outcome(index);
      const wrong = difference({
        outcome,
        timesSettled: record.timesSettled(index),
        idempotent,
        acted: timesActed,
        arrived,
        attempts: record.attempts(index),
      });
      acted[outcomeNames[outcome]]![Math.min(2, timesActed)]!++;
      if (wrong === undefined) continue;
      differenceCount++;
      if (differences.length < DIFFERENCES_SHOWN) differences.push(`request ${index}: ${wrong}`);
    }
  }
  return { differences, differenceCount, acted };
}

/** The id of a request is derived from its number, so the soak stores no ids. */
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
