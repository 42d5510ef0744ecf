import { type Profiler, Session } from "node:inspector";

/**
 * Which blocks of a package's sources have been run, through V8's own counters. They are read for a batch of inputs
 * at a time, since reading costs some milliseconds.
 */
export class Coverage {
  readonly #inspector = new Session();
  readonly #seen = new Set<string>();
  readonly #sources: string;

  /** @param sources a part of the addresses of the files that count */
  constructor(sources = "/http2/src/") {
    this.#sources = sources;
    this.#inspector.connect();
    this.#inspector.post("Profiler.enable");
    this.#inspector.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
    this.takeNew();
  }

  get blocks(): number {
    return this.#seen.size;
  }

  /** The blocks that have been run since the last call and never were before. */
  takeNew(): Set<string> {
    const fresh = this.take();
    for (const block of fresh) {
      if (this.#seen.has(block)) fresh.delete(block);
      else this.#seen.add(block);
    }
    return fresh;
  }

  /** The blocks that have been run since the last call. */
  take(): Set<string> {
    let scripts: Profiler.ScriptCoverage[] = [];
    // The answer comes before the call returns. Reading sets the counters back.
    this.#inspector.post("Profiler.takePreciseCoverage", (error, answer) => {
      if (error) throw error;
      scripts = answer.result;
    });
    const blocks = new Set<string>();
    for (const { url, functions } of scripts) {
      if (!url.includes(this.#sources)) continue;
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          if (count > 0) blocks.add(`${url}:${startOffset}:${endOffset}`);
        }
      }
    }
    return blocks;
  }

  close(): void {
    this.#inspector.disconnect();
  }
}
