import type { CheckpointRecord } from "../../src/index.ts";
import { type Checkpoint, type CheckpointStore, ClaimLost } from "../../src/index.ts";

/**
 * A store in memory with fencing. `crash` gives a copy of what was durable at that moment, as a killed process leaves
 * it.
 */
export class MemoryJournal implements CheckpointStore {
  readonly appends: CheckpointRecord[][] = [];
  /** Waited for before an append is durable. */
  delay: (() => Promise<void>) | undefined;
  #fence = 0;

  async claim(): Promise<Checkpoint> {
    const fence = ++this.#fence;
    return {
      fence,
      records: () => this.read(),
      append: async (records) => {
        await this.delay?.();
        if (fence !== this.#fence) throw new ClaimLost("taken over");
        this.appends.push(structuredClone(records) as CheckpointRecord[]);
      },
      close: async () => {},
    };
  }

  async *read(): AsyncGenerator<CheckpointRecord> {
    for (const records of this.appends) yield* records;
  }

  /** What is there after so many appends. */
  crash(appends = this.appends.length): MemoryJournal {
    const copy = new MemoryJournal();
    copy.appends.push(...this.appends.slice(0, appends));
    copy.#fence = this.#fence;
    return copy;
  }
}
