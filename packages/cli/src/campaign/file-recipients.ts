import { ApnskitError, type Notification } from "apnskit";
import type { Entry } from "../input/entry.ts";
import type { EntryBlock } from "../input/input-file.ts";

/** An invalid line. It ends as unsent, and the campaign goes on. */
export class InvalidLineEnd extends ApnskitError {
  static {
    this.recogniseAs("InvalidLineEnd");
  }

  override readonly name = "InvalidLineEnd";
  readonly code = "ERR_APNS_INVALID_LINE";
}

/** A line of the file as a recipient of a campaign. */
export class FileRecipient {
  readonly #entry: Entry;

  constructor(entry: Entry) {
    this.#entry = entry;
  }

  /** From 1. */
  get line(): number {
    return this.#entry.line;
  }

  /** Empty for an invalid line. */
  get token(): string {
    return "invalid" in this.#entry ? "" : this.#entry.token;
  }

  /** @throws InvalidLineEnd */
  get notification(): Notification {
    if ("invalid" in this.#entry) throw new InvalidLineEnd(this.#entry.invalid);
    return this.#entry.notification;
  }

  /** The input of the fingerprint: everything that is sent, so a changed file or template is noticed. */
  toJSON(): readonly unknown[] {
    const { line } = this.#entry;
    if ("invalid" in this.#entry) return [line];
    const { token, notification } = this.#entry;
    const { pushType, priority, collapseId, topic, body } = notification;
    const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("latin1");
    return [line, token, pushType, priority, collapseId, topic, text];
  }
}

/** Recipients of all lines. */
export async function* fileRecipients(
  blocks: AsyncIterable<EntryBlock>,
  onBytes: (bytes: number) => void = () => {},
): AsyncGenerator<FileRecipient> {
  for await (const { entries, bytes } of blocks) {
    for (const entry of entries) yield new FileRecipient(entry);
    onBytes(bytes);
  }
}
