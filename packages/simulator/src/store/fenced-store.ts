import {
  type Checkpoint,
  type CheckpointRecord,
  type CheckpointStore,
  ClaimLost,
  JournalFailed,
  JournalInUse,
} from "@apnskit/campaign";
import type { SeededRandom } from "@apnskit/testkit/seeded-random";
import type { EventLoop } from "../host/event-loop.ts";
import type { SimulatedProcess } from "../host/simulated-process.ts";
import type { World } from "../world/world.ts";

/** How a shared store is. */
export interface StoreQuality {
  /** Milliseconds to it, or back, at most. */
  readonly latency: number;
  /** Milliseconds after which a claim that was not renewed may be taken. */
  readonly lease: number;
  /** Whether it tells its owner of a loss by `lost`, and not only at the next append. */
  readonly tellsLoss: boolean;
  /** Share of the appends whose answer does not come back, 0 … 1. */
  readonly lostAnswers: number;
}

/**
 * A store that many processes share, as a database is: it compares fencing tokens in the step that writes.
 */
export class FencedStore {
  readonly #world: World;
  readonly #loop: EventLoop;
  readonly #random: SeededRandom;
  readonly #quality: StoreQuality;
  readonly #records: CheckpointRecord[] = [];
  #fence = 0;
  #owner: SimulatedProcess | undefined;
  #leaseEnd = 0;
  #isReliable = false;
  /** Told of records that became durable. */
  onDurable: (records: readonly CheckpointRecord[]) => void = () => {};
  /** Told when a process has learnt that its claim is lost. */
  onLost: (process: SimulatedProcess) => void = () => {};

  constructor(world: World, loop: EventLoop, random: SeededRandom, quality: StoreQuality) {
    this.#world = world;
    this.#loop = loop;
    this.#random = random;
    this.#quality = quality;
  }

  /** Whether a process has the claim. */
  isOwner(process: SimulatedProcess): boolean {
    return this.#owner === process;
  }

  /** From now on no answer is lost. */
  recover(): void {
    this.#isReliable = true;
  }

  /** As a process on it sees it. */
  seenBy(process: SimulatedProcess): CheckpointStore {
    return {
      claim: () => this.#ask(process, () => this.#claim(process)),
      read: () => this.#read(process),
    };
  }

  #claim(process: SimulatedProcess): Checkpoint {
    if (this.#owner !== undefined && this.#world.now < this.#leaseEnd)
      throw new JournalInUse("the shared store", this.#owner.pid, "; wait for its end");
    const fence = ++this.#fence;
    this.#owner = process;
    this.#leaseEnd = this.#world.now + this.#quality.lease;
    const lost = new AbortController();
    let isClosed = false;
    // The claim's answer is on its way: the timer is the process's own.
    this.#loop.arrive(() => this.#renewLater(process, fence, lost, () => isClosed), process);
    return {
      fence,
      records: () => this.#read(process),
      append: (records) => this.#ask(process, () => this.#append(fence, structuredClone(records)), true),
      ...(this.#quality.tellsLoss && { lost: lost.signal }),
      close: async () => {
        isClosed = true;
        await this.#ask(process, () => {
          if (this.#fence === fence) this.#owner = undefined;
        });
      },
    };
  }

  #append(fence: number, records: readonly CheckpointRecord[]): void {
    if (fence !== this.#fence) throw new ClaimLost("another process has taken the claim");
    this.#records.push(...records);
    this.#leaseEnd = Math.max(this.#leaseEnd, this.#world.now + this.#quality.lease);
    this.onDurable(records);
  }

  #renewLater(
    process: SimulatedProcess,
    fence: number,
    lost: AbortController,
    isClosed: () => boolean,
  ): void {
    const { lease } = this.#quality;
    this.#loop.setTimeout(async () => {
      if (isClosed()) return;
      const isHeld = await this.#ask(process, () => {
        if (fence === this.#fence) this.#leaseEnd = this.#world.now + lease;
        return fence === this.#fence;
      });
      if (isHeld) this.#renewLater(process, fence, lost, isClosed);
      else {
        if (this.#quality.tellsLoss) this.onLost(process);
        lost.abort();
      }
    }, lease / 3);
  }

  async *#read(process: SimulatedProcess): AsyncGenerator<CheckpointRecord> {
    yield* await this.#ask(process, () => [...this.#records]);
  }

  /** @param mayLose the answer may be lost, though the work was done */
  #ask<Result>(process: SimulatedProcess, work: () => Result, mayLose = false): Promise<Result> {
    const { latency, lostAnswers } = this.#quality;
    const time = (): number => this.#random.next() ** 2 * latency;
    return new Promise((resolve, reject) => {
      const answer = (callback: () => void, after: number): void => {
        this.#world.after(after, () => this.#loop.arrive(callback, process));
      };
      this.#world.after(time(), () => {
        try {
          const result = work();
          if (mayLose && !this.#isReliable && this.#random.chance(lostAnswers))
            answer(() => reject(new JournalFailed("the store does not answer")), 5_000);
          else answer(() => resolve(result), time());
        } catch (error) {
          answer(() => {
            if (error instanceof ClaimLost) this.onLost(process);
            reject(error);
          }, time());
        }
      });
    });
  }
}
