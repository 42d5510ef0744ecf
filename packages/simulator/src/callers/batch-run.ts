import type { EventLoop } from "../host/event-loop.ts";
import type { RequestRecord } from "../oracles/request-record.ts";
import type { Batch, Pace } from "./actor-plan.ts";
import { sleep } from "./stage.ts";

/** A batch that is under way: its signal, its source, and the records of its requests in order. */
export class BatchRun {
  readonly records: RequestRecord[] = [];
  /** Fires later, if the batch has a signal. All its requests share it. */
  readonly signal: AbortSignal | undefined;
  readonly #loop: EventLoop;
  #hasLeft = false;

  constructor({ abortAfter }: Batch, loop: EventLoop) {
    this.#loop = loop;
    if (abortAfter === undefined) return;
    const controller = new AbortController();
    this.signal = controller.signal;
    loop.setTimeout(() => {
      for (const record of this.records) record.abortedAt ??= loop.now();
      controller.abort();
    }, abortAfter);
  }

  /** The signal as an option, if there is one. */
  get signalOption(): { readonly signal?: AbortSignal } {
    return this.signal === undefined ? {} : { signal: this.signal };
  }

  /** Another request is handed over. */
  add(record: RequestRecord): void {
    this.records.push(record);
    if (this.signal?.aborted) record.abortedAt = this.#loop.now();
    // A source may be slow to notice that the loop was left.
    record.abandoned = this.#hasLeft;
  }

  /** So many items, made one at a time as they are pulled. */
  source<Item>(
    count: number,
    pace: Pace,
    make: (place: number) => Item,
  ): Iterable<Item> | AsyncIterable<Item> {
    const loop = this.#loop;
    function* source(): Generator<Item> {
      for (let place = 0; place < count; place++) yield make(place);
    }
    async function* slowSource(): AsyncGenerator<Item> {
      for (let place = 0; place < count; place++) {
        await sleep(loop, pace.source);
        yield make(place);
      }
    }
    return pace.source > 0 ? slowSource() : source();
  }

  /** The loop over the results has ended: nothing is told of the requests that are left. */
  leave(): void {
    this.#hasLeft = true;
    for (const record of this.records) if (record.end === undefined) record.abandoned = true;
  }
}
