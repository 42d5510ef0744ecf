import { setImmediate as turn } from "node:timers/promises";

/** Bytes after a collection. */
export interface LiveMemory {
  /** Of the whole process. TLS keeps most of its memory here; once it is free again, the resident set still has it. */
  readonly resident: number;
  /** Everything that is reachable, on the heap and beside it. */
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
