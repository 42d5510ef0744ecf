import { createContext, Script } from "node:vm";
import { Coverage } from "./coverage.ts";
import { mutate } from "./mutation.ts";
import { Random } from "./random.ts";
import type { Target } from "./target.ts";

const BATCH = 200;
/** A batch takes milliseconds; one that takes this long hangs. In milliseconds. */
const HANG = 20_000;
const MAX_CORPUS = 4_000;

/** An input that made the code under test break a promise. */
export interface Finding {
  readonly target: string;
  readonly input: Buffer;
  readonly error: unknown;
}

export interface FuzzReport {
  readonly inputs: number;
  /** Inputs that are kept because they did something new. */
  readonly corpus: number;
  readonly blocks: number;
  readonly findings: readonly Finding[];
}

/**
 * Mutates inputs, keeps those that do something new, and mutates these in turn. New is an outcome in other words than any
 * before, or, if `guided`, a block of the sources that was never run.
 */
export class Fuzzer {
  readonly #target: Target;
  readonly #random: Random;
  readonly #coverage: Coverage | undefined;
  readonly #corpus: Buffer[] = [];
  readonly #outcomes = new Set<string>();
  readonly #findings: Finding[] = [];
  readonly #promises = new Set<string>();
  #inputs = 0;
  #running: Buffer = Buffer.alloc(0);

  constructor(target: Target, seed: number, options: { guided: boolean }) {
    this.#target = target;
    this.#random = new Random(seed);
    for (const input of target.seeds()) {
      this.#corpus.push(input);
      this.#outcomes.add(this.#run(input));
    }
    if (options.guided) this.#coverage = new Coverage(target.sources);
  }

  get report(): FuzzReport {
    return {
      inputs: this.#inputs,
      corpus: this.#corpus.length,
      blocks: this.#coverage?.blocks ?? 0,
      findings: this.#findings,
    };
  }

  /** Runs one batch of inputs. */
  step(): void {
    const batch = Array.from({ length: BATCH }, () => {
      return mutate(this.#pickShort(), this.#target.headLength, this.#random, this.#corpus);
    });
    this.#withinTime(() => {
      for (const input of batch) {
        const outcome = this.#run(input);
        if (this.#outcomes.has(outcome)) continue;
        this.#outcomes.add(outcome);
        this.#keep(input);
      }
    });
    const fresh = this.#coverage?.takeNew();
    if (fresh !== undefined && fresh.size > 0) this.#keepWhatRan(fresh, batch);
  }

  close(): void {
    this.#coverage?.close();
  }

  /** Short inputs are run more often: changes mean more in them, and they take less time. */
  #pickShort(): Buffer {
    const picked = [1, 2, 3].map(() => this.#random.pick(this.#corpus));
    return picked.reduce((shortest, one) => (one.length < shortest.length ? one : shortest));
  }

  /** Runs the batch again, one by one, to see which inputs run the blocks that are new. */
  #keepWhatRan(fresh: Set<string>, batch: readonly Buffer[]): void {
    for (const input of batch) {
      if (fresh.size === 0) return;
      this.#run(input);
      const news = [...(this.#coverage?.take() ?? [])].filter((block) => fresh.delete(block));
      if (news.length > 0) this.#keep(input);
    }
  }

  #keep(input: Buffer): void {
    if (this.#corpus.length < MAX_CORPUS) this.#corpus.push(input);
    else this.#corpus[this.#random.below(MAX_CORPUS)] = input;
  }

  #run(input: Buffer): string {
    this.#inputs++;
    this.#running = input;
    try {
      return this.#target.run(input);
    } catch (error) {
      // Each kind of finding is told once.
      const kind = error instanceof Error ? error.message.replace(/[\d"].*/s, "") : String(error);
      if (!this.#promises.has(kind)) {
        this.#promises.add(kind);
        this.#findings.push({ target: this.#target.name, input: Buffer.from(input), error });
      }
      return "finding";
    }
  }

  /** Code that never ends can only be stopped from another context. */
  #withinTime(work: () => void): void {
    try {
      new Script("work()").runInContext(createContext({ work }), { timeout: HANG });
    } catch (error) {
      this.#findings.push({ target: this.#target.name, input: Buffer.from(this.#running), error });
    }
  }
}
