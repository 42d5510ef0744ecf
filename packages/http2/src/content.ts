import type { OutputBuffer } from "./output-buffer.ts";

/** A request's content (RFC 9110 §6.4): octets, or text that is sent as UTF-8. */
export type Content = Uint8Array | TextContent;

/**
 * Text that is sent as UTF-8. If one request carries it and the peer's windows take it whole, it is encoded
 * straight into the output. Otherwise its octets are made once and kept.
 */
export class TextContent {
  /** Octets of its UTF-8 form. */
  readonly length: number;
  readonly #text: string;
  #octets: Uint8Array | undefined = undefined;
  #written = false;

  constructor(text: string) {
    this.#text = text;
    this.length = Buffer.byteLength(text);
  }

  /** The UTF-8 form; invalid Unicode becomes U+FFFD. */
  get octets(): Uint8Array {
    this.#octets ??= Buffer.from(this.#text);
    return this.#octets;
  }

  /** @internal Writes all of it; the caller has reserved the room. */
  writeTo(out: OutputBuffer): void {
    if (this.#written || this.#octets !== undefined) {
      // Copying octets costs less than encoding the text again.
      out.append(this.octets, 0, this.length);
      return;
    }
    this.#written = true;
    // The text has as many octets as characters, so it is all ASCII.
    const encoding = this.length === this.#text.length ? "latin1" : "utf8";
    out.bytes.write(this.#text, out.length, this.length, encoding);
    out.length += this.length;
  }
}

/** The octets of a content. */
export function octetsOf(content: Content): Uint8Array {
  return content instanceof TextContent ? content.octets : content;
}
