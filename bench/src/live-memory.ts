import { setImmediate as turn } from "node:timers/promises";

/** Bytes after a garbage collection. */
export interface LiveMemory {
  /**
   * Resident set of the process. It holds most memory of TLS, and does not shrink when TLS frees that memory.
   */
  readonly resident: number;
  /** Reachable memory, on the heap and outside it. */
  readonly live: number;
}

/** @throws Error in a process without `--expose-gc` */
export async function liveMemory(): Promise<LiveMemory> {
  if (globalThis.gc === undefined) throw new Error("needs --expose-gc");
  for (let i = 0; i < 3; i++) {
    await turn();
    globalThis.gc();
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { resident: rss, live: heapUsed + external };
}
