import type { ReceiveWindow } from "./flow-window.ts";

const noFields: readonly string[] = Object.freeze([]);
const noBody: Uint8Array = new Uint8Array(0);

/**
 * One request and its answer. Of the states in RFC 9113 §5.1 a client stream without push meets three:
 *
 *     open ── END_STREAM sent ──▶ half-closed (local) ── END_STREAM received ──▶ closed
 *       └──────────── END_STREAM received, or RST_STREAM either way ──────────▶ closed
 *
 * Whether it is open or half-closed follows from how much of the body has been sent.
 */
export class ClientStream<Owner> {
  /** Odd, and higher than that of any stream before (RFC 9113 §5.1.1). */
  readonly id: number;
  /** What the caller of `request` gave along. */
  readonly owner: Owner;
  /** The request's method: an answer to `HEAD` has no body, whatever its content-length says. */
  readonly method: string;
  /** True when it has ended, in whatever way; nothing on it changes any more. */
  closed = false;

  /** The request's body. */
  requestBody: Uint8Array;
  /** Octets of the request's body that have gone into DATA frames. */
  sent = 0;
  /** Octets that the peer takes on this stream now; may be negative (RFC 9113 §6.9.2). */
  sendWindow: number;

  /** The answer: 0 until its header section has come. */
  status = 0;
  /** Names and values of the answer's header fields by turns, `:status` included. */
  fields: readonly string[] = noFields;
  /** Names and values of the trailer fields by turns. */
  trailers: readonly string[] = noFields;
  /** Interim (1xx) answers that have come. */
  interimResponses = 0;
  /** Octets that content-length promised, or -1. */
  expectedLength = -1;
  /** Octets of the answer's body that have come, padding not counted. */
  bodyLength = 0;
  /** Room for the answer's body; {@link bodyLength} octets of it are in use. */
  #received: Uint8Array = noBody;
  /** @internal what the peer may still send; made with the first DATA frame */
  receiveWindow: ReceiveWindow | undefined = undefined;

  constructor(id: number, owner: Owner, method: string, requestBody: Uint8Array, sendWindow: number) {
    this.id = id;
    this.owner = owner;
    this.method = method;
    this.requestBody = requestBody;
    this.sendWindow = sendWindow;
  }

  /** Octets of the request's body that wait for window. */
  get unsent(): number {
    return this.requestBody.length - this.sent;
  }

  /** The answer's body. */
  get body(): Uint8Array {
    return this.#received.length === this.bodyLength
      ? this.#received
      : this.#received.subarray(0, this.bodyLength);
  }

  /**
   * Adds octets to the answer's body. They are copied, so that a few of them do not hold on to a whole chunk from the
   * socket. The first part is most often the whole; from then on room doubles, so that a body of single octets takes no
   * more memory than any other.
   */
  appendBody(bytes: Uint8Array, start: number, end: number): void {
    if (start === end) return;
    const before = this.bodyLength;
    this.bodyLength += end - start;
    if (this.bodyLength > this.#received.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.bodyLength, before * 2));
      grown.set(this.#received.subarray(0, before));
      this.#received = grown;
    }
    this.#received.set(bytes.subarray(start, end), before);
  }
}
