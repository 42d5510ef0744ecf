import type { Pacer } from "@apnskit/campaign/internal";
import type { Notification } from "apnskit";
import type { Entry } from "../input/entry.ts";
import type { EntryBlock } from "../input/input-file.ts";

/** Options of an {@link Outbox}. */
export interface OutboxOptions {
  readonly blocks: AsyncIterable<EntryBlock>;
  /** Most entries to hand out, invalid ones included. */
  readonly limit: number;
  readonly rate: Pacer | undefined;
  readonly now: () => number;
  /** Called for each invalid entry; a returned promise holds the outbox back. */
  readonly onInvalid: (line: number, reason: string) => Promise<void> | undefined;
}

/** The notifications for the client, in order, until the end of the file, the limit or `stop`. */
export class Outbox {
  /** Bytes of the file up to the last entry. */
  bytes = 0;
  /** Entries that were handed out or were invalid. */
  taken = 0;
  /** The line of the first entry that was not handed out; `undefined` at the end of the file. */
  next: number | undefined;
  readonly #options: OutboxOptions;
  /** Lines of the notifications in flight, by their place. */
  readonly #lines = new Map<number, number>();
  #place = 0;
  #lastLine = 0;
  #stopped = false;
  #wake: (() => void) | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Hands out nothing more. */
  stop(): void {
    this.#stopped = true;
    this.#wake?.();
  }

  /** Returns and forgets the line of the notification at a place. */
  takeLine(place: number): number {
    const line = this.#lines.get(place)!;
    this.#lines.delete(place);
    return line;
  }

  async *pairs(): AsyncGenerator<readonly [token: string, notification: Notification]> {
    const { blocks, onInvalid } = this.#options;
    for await (const block of blocks) {
      const { entries } = block;
      for (let at = 0; at < entries.length; at++) {
        const entry = entries[at]!;
        if (!("invalid" in entry)) await this.#pace();
        if (this.#stopped || this.taken >= this.#options.limit) {
          this.next = entry.line;
          return;
        }
        this.taken++;
        this.#lastLine = entry.line;
        if ("invalid" in entry) {
          await onInvalid(entry.line, entry.invalid);
          continue;
        }
        this.#lines.set(this.#place++, entry.line);
        yield pairOf(entry);
      }
      this.bytes = block.bytes;
    }
    if (this.#stopped) this.next = this.#lastLine + 1;
  }

  async #pace(): Promise<void> {
    const { rate, now } = this.#options;
    if (rate === undefined || this.#stopped) return;
    const wait = rate.take(now());
    if (wait === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, wait);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function pairOf(entry: Extract<Entry, { token: string }>): readonly [string, Notification] {
  return [entry.token, entry.notification];
}
