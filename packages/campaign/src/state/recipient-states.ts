import type { Runs } from "../store/checkpoint-record.ts";
import { RunBuilder } from "./runs.ts";

/** Where a recipient stands. Two bits. */
export const Stage = { pending: 0, handedOut: 1, accepted: 2, ended: 3 } as const;
export type Stage = (typeof Stage)[keyof typeof Stage];

const PER_BYTE = 4;
const FIRST_BYTES = 1024;

/** Two bits for each recipient: ten million take 2.5 MB. Places that were never set are pending. */
export class RecipientStates {
  readonly #first: number;
  readonly #counts: [pending: number, handedOut: number, accepted: number, ended: number] = [0, 0, 0, 0];
  #bytes = new Uint8Array(FIRST_BYTES);

  /** @param first place of the first recipient: of a range of a campaign it is not 0 */
  constructor(first = 0) {
    this.#first = first;
  }

  get(index: number): Stage {
    const at = index - this.#first;
    const byte = this.#bytes[Math.floor(at / PER_BYTE)] ?? 0;
    return ((byte >> ((at % PER_BYTE) * 2)) & 3) as Stage;
  }

  set(index: number, stage: Stage): void {
    const at = index - this.#first;
    const place = Math.floor(at / PER_BYTE);
    if (place >= this.#bytes.length) this.#grow(place);
    const shift = (at % PER_BYTE) * 2;
    const byte = this.#bytes[place]!;
    const before = (byte >> shift) & 3;
    this.#counts[before as Stage]--;
    this.#counts[stage]++;
    this.#bytes[place] = (byte & ~(3 << shift)) | (stage << shift);
  }

  setRun(from: number, to: number, stage: Stage): void {
    for (let index = from; index < to; index++) this.set(index, stage);
  }

  /** Recipients in a stage other than pending. */
  count(stage: Exclude<Stage, 0>): number {
    return this.#counts[stage];
  }

  /** All places in a stage other than pending. */
  runs(stage: Exclude<Stage, 0>): Runs {
    const builder = new RunBuilder();
    if (this.#counts[stage] === 0) return builder.build();
    const end = this.#first + this.#bytes.length * PER_BYTE;
    for (let index = this.#first; index < end; index++) {
      if (this.get(index) === stage) builder.add(index);
    }
    return builder.build();
  }

  #grow(place: number): void {
    const bytes = new Uint8Array(Math.max(this.#bytes.length * 2, place + 1));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
  }
}
