import { hash } from "node:crypto";
import { received } from "@apnskit/connection/internal";
import { InvalidOption } from "apnskit";
import { RecipientsChanged } from "../errors.ts";
import type { Recipient, RecipientSource } from "../recipient.ts";
import type { CampaignState } from "../state/campaign-state.ts";
import type { CheckpointRecord } from "../store/checkpoint-record.ts";

/** Recipients that the reader reads together. */
export interface Block<One> {
  /** Place of the first recipient. */
  readonly first: number;
  readonly recipients: readonly One[];
  /** Records to write about the block; empty for a block that an earlier run read. */
  readonly records: readonly CheckpointRecord[];
  /** Whether the source has ended. */
  readonly isLast: boolean;
}

/** Digits of a hash that the journal keeps: 64 bits. They guard against mistakes, not against forgery. */
const HASH_LENGTH = 16;

/** Reads recipients in blocks, and compares blocks that an earlier run read. */
export class BlockReader<One extends Recipient> {
  readonly #source: RecipientSource<One>;
  readonly #state: CampaignState;
  readonly #blockSize: number;
  readonly #first: number;
  #iterator: Iterator<One> | AsyncIterator<One> | undefined;
  #block = 0;
  /** The recipient behind the block. The reader reads it to see whether the source ends with the block. */
  #ahead: { readonly one: One } | undefined;

  /** @param first place of the first recipient that the source yields */
  constructor(source: RecipientSource<One>, state: CampaignState, blockSize: number, first = 0) {
    this.#source = source;
    this.#state = state;
    this.#blockSize = blockSize;
    this.#first = first;
  }

  /** @throws RecipientsChanged, InvalidOption, and errors of the source */
  async next(): Promise<Block<One>> {
    const first = this.#first + this.#block * this.#blockSize;
    const { recipients, isLast } = await this.#read();
    for (let at = 0; at < recipients.length; at++) requireRecipient(recipients[at], first + at);
    const records = this.#compare(first, recipients, isLast);
    this.#block++;
    return { first, recipients, records, isLast };
  }

  /** Lets the source clean up. */
  async close(): Promise<void> {
    await this.#iterator?.return?.();
  }

  async #read(): Promise<{ recipients: One[]; isLast: boolean }> {
    this.#iterator ??= iteratorOf(this.#source);
    const iterator = this.#iterator;
    const recipients: One[] = [];
    if (this.#ahead !== undefined) recipients.push(this.#ahead.one);
    this.#ahead = undefined;
    for (;;) {
      const pulled = iterator.next();
      const { done, value } = isPromise(pulled) ? await pulled : pulled;
      if (done) return { recipients, isLast: true };
      if (recipients.length < this.#blockSize) {
        recipients.push(value);
        continue;
      }
      this.#ahead = { one: value };
      return { recipients, isLast: false };
    }
  }

  #compare(first: number, recipients: readonly One[], isLast: boolean): CheckpointRecord[] {
    const { count } = this.#state;
    const end = first + recipients.length;
    const total = end - this.#first;
    if (count !== undefined && (isLast ? total !== count : total >= count)) {
      throw new RecipientsChanged(
        end,
        changed(`there were ${count}, and there are now ${isLast ? "" : "more than "}${total}`),
      );
    }
    if (isLast && this.#state.block(this.#block + 1) !== undefined) {
      throw new RecipientsChanged(end, changed(`the source ended after ${total}, and there were more`));
    }
    const known = this.#state.block(this.#block);
    const hash = hashOf(recipients, first);
    if (known !== undefined) {
      if (known.size === recipients.length && known.hash === hash) return [];
      const rule = `at least one of ${first} … ${first + known.size - 1} differs or is in another place`;
      throw new RecipientsChanged(first, changed(rule));
    }
    const records: CheckpointRecord[] = [];
    if (recipients.length > 0) {
      records.push({ kind: "block", block: this.#block, size: recipients.length, hash });
    }
    if (isLast && count === undefined) records.push({ kind: "counted", count: total });
    return records;
  }
}

function changed(how: string): string {
  return (
    `the recipients differ from those that the campaign began with: ${how}; ` +
    "give the same recipients in the same order, or begin a campaign with another name and journal"
  );
}

function hashOf(recipients: readonly Recipient[], first: number): string {
  let lines: string[];
  try {
    lines = recipients.map((one) => (typeof one === "string" ? one : JSON.stringify(one)));
  } catch (cause) {
    const rule = `one of recipients ${first} … ${first + recipients.length - 1} cannot be written as JSON`;
    throw Object.assign(new InvalidOption("recipients", rule), { cause });
  }
  // Each line has an end, also the last one.
  const text = lines.length === 0 ? "" : `${lines.join("\n")}\n`;
  return hash("sha256", text, "hex").slice(0, HASH_LENGTH);
}

function requireRecipient(value: unknown, index: number): void {
  const token = typeof value === "object" && value !== null ? (value as { token?: unknown }).token : value;
  if (typeof token === "string") return;
  const rule = "must be a device token as a string, or an object with a device token as its `token`";
  throw new InvalidOption("recipients", `recipient ${index} ${rule}${received(value)}`);
}

function iteratorOf<One extends Recipient>(source: RecipientSource<One>): Iterator<One> | AsyncIterator<One> {
  const items = typeof source === "function" ? source() : source;
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}

function isPromise<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> {
  return typeof value === "object" && value !== null && "then" in value;
}
