import type { Runs } from "../store/checkpoint-record.ts";
import { RunBuilder } from "./runs.ts";

/** The stage of a recipient, in two bits. */
export const Stage = { pending: 0, handedOut: 1, accepted: 2, ended: 3 } as const;
export type Stage = (typeof Stage)[keyof typeof Stage];

/** Recipients per page, as a power of two. A page has 64 KiB. */
const PAGE_BITS = 18;
const PAGE_BYTES = 2 ** (PAGE_BITS - 2);
const IN_PAGE = 2 ** PAGE_BITS - 1;

/**
 * Two bits for each recipient, in pages: ten million recipients take 2.5 MB. A place that was never set is
 * pending. The limit is 2³¹ recipients.
 */
export class RecipientStates {
  readonly #first: number;
  readonly #counts: [pending: number, handedOut: number, accepted: number, ended: number] = [0, 0, 0, 0];
  readonly #pages: Uint8Array[] = [];
  /** No place from this one on was ever set. */
  #end: number;

  /** @param first place of the first recipient; not 0 for a later range of a campaign */
  constructor(first = 0) {
    this.#first = first;
    this.#end = first;
  }

  get(index: number): Stage {
    const at = index - this.#first;
    const byte = this.#pages[at >>> PAGE_BITS]?.[(at & IN_PAGE) >>> 2] ?? 0;
    return ((byte >>> ((at & 3) << 1)) & 3) as Stage;
  }

  set(index: number, stage: Stage): void {
    const at = index - this.#first;
    const page = this.#pageOf(at >>> PAGE_BITS);
    const place = (at & IN_PAGE) >>> 2;
    const shift = (at & 3) << 1;
    const byte = page[place]!;
    this.#counts[((byte >>> shift) & 3) as Stage]--;
    this.#counts[stage]++;
    page[place] = (byte & ~(3 << shift)) | (stage << shift);
    if (index >= this.#end) this.#end = index + 1;
  }

  setRun(from: number, to: number, stage: Stage): void {
    for (let index = from; index < to; index++) this.set(index, stage);
  }

  /** Number of recipients in a stage other than pending. */
  count(stage: Exclude<Stage, 0>): number {
    return this.#counts[stage];
  }

  /** All places in a stage other than pending. */
  runs(stage: Exclude<Stage, 0>): Runs {
    const builder = new RunBuilder();
    if (this.#counts[stage] === 0) return builder.build();
    for (let index = this.#first; index < this.#end; index++) {
      if (this.get(index) === stage) builder.add(index);
    }
    return builder.build();
  }

  #pageOf(number: number): Uint8Array {
    while (this.#pages.length <= number) this.#pages.push(new Uint8Array(PAGE_BYTES));
    return this.#pages[number]!;
  }
}
