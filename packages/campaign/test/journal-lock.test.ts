import { SeededRandom } from "@apnskit/testkit/seeded-random";
import { expect, test } from "vitest";
import { JournalInUse } from "../src/errors.ts";
import { JournalLock } from "../src/journal/journal-lock.ts";
import type { Machine } from "../src/journal/machine.ts";

const RUNS = 10_000;
const PROCESSES = 7;
/** Operations between the beginnings of two processes, at most. */
const MOST_STEPS = 12;
/** Share of the operations before which a process is killed. */
const KILLS = 0.1;

/** Share of operations that take long, and how often others get their turn instead. */
const LATE = 0.2;
const LATENESS = 4;

interface Operation {
  readonly pid: number;
  readonly run: () => void;
  patience: number;
}

/** One folder and its processes. Each operation waits until it is its turn, which chance decides. */
class Folder {
  readonly files = new Map<string, { readonly text: string }>();
  readonly #random: SeededRandom;
  readonly #living = new Set<number>();
  #waiting: Operation[] = [];

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  begin(pid: number): Machine {
    this.#living.add(pid);
    const operate = <Result>(work: () => Result): Promise<Result> =>
      new Promise((resolve, reject) => {
        if (!this.#living.has(pid)) return;
        const run = (): void => {
          try {
            resolve(work());
          } catch (error) {
            reject(error);
          }
        };
        this.#waiting.push({ pid, run, patience: this.#random.chance(LATE) ? LATENESS : 0 });
      });
    const add = (path: string, file: { readonly text: string } | undefined): void => {
      if (file === undefined) throw failure("ENOENT");
      if (this.files.has(path)) throw failure("EEXIST");
      this.files.set(path, file);
    };
    return {
      pid,
      host: "here",
      claims: new Set(),
      open: () => Promise.reject(failure("ENOENT")),
      create: (path, text) => operate(() => add(path, { text })),
      link: (path, name) => operate(() => add(name, this.files.get(path))),
      rename: (path, name) =>
        operate(() => {
          const file = this.files.get(path);
          if (file === undefined) throw failure("ENOENT");
          // As rename(2): two names of one file stay.
          if (this.files.get(name) === file) return;
          this.files.delete(path);
          this.files.set(name, file);
        }),
      unlink: (path) =>
        operate(() => {
          if (!this.files.delete(path)) throw failure("ENOENT");
        }),
      contentOf: (path) => operate(() => this.files.get(path)?.text),
      syncFolder: () => operate(() => undefined),
      isAlive: (other) => this.#living.has(other),
      startOf: async (other) => (this.#living.has(other) ? "1" : undefined),
    };
  }

  /** The operation that it waits for is done or not, and nothing after it. */
  kill(pid: number): void {
    this.#living.delete(pid);
    for (const { run } of this.#waiting.filter((one) => one.pid === pid)) if (this.#random.chance(0.5)) run();
    this.#waiting = this.#waiting.filter((one) => one.pid !== pid);
  }

  /** Does one operation, chosen by chance. @returns false if none waits */
  async step(): Promise<boolean> {
    // A few turns, so that each process gets to its next operation.
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    if (this.#waiting.length === 0) return false;
    const operation = this.#random.pick(this.#waiting);
    if (operation.patience-- > 0) return true;
    this.#waiting.splice(this.#waiting.indexOf(operation), 1);
    operation.run();
    return true;
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

test("of processes that compete for a journal, and are killed while they do, never two own it", async () => {
  const found: string[] = [];
  let owned = 0;
  for (let seed = 1; seed <= RUNS; seed++) {
    const random = new SeededRandom(seed);
    const folder = new Folder(random);
    const owners = new Set<number>();
    const living = new Set<number>();
    for (let pid = 1; pid <= PROCESSES; pid++) {
      living.add(pid);
      void JournalLock.take("/journal", folder.begin(pid)).then(
        () => {
          if (!living.has(pid)) return;
          owned++;
          if (owners.add(pid).size > 1) found.push(`seed ${seed}: owners ${[...owners].join(", ")}`);
        },
        (error) => {
          if (living.has(pid) && !(error instanceof JournalInUse)) found.push(`seed ${seed}: ${error}`);
        },
      );
      for (let left = random.integer(0, MOST_STEPS); left > 0; left--) {
        if (living.size > 0 && random.chance(KILLS)) {
          const victim = random.pick([...living]);
          living.delete(victim);
          owners.delete(victim);
          folder.kill(victim);
        }
        await folder.step();
      }
    }
    while (await folder.step());
  }
  expect(found).toEqual([]);
  expect(owned).toBeGreaterThan(RUNS);
});
