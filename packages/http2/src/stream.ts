import type { ReceiveWindow } from "./flow-window.ts";
import type { OutgoingRequest } from "./request-writer.ts";
import type { Settings } from "./settings.ts";

const noFields: readonly string[] = Object.freeze([]);
const noBody: Uint8Array = new Uint8Array(0);

/**
 * How much of a request has been taken from the session:
 *
 * - `"unwritten"` – nothing: the peer cannot know of it;
 * - `"begun"` – the header section, and perhaps a part of the body: the peer cannot have the whole request;
 * - `"written"` – all of it.
 */
export type RequestProgress = "unwritten" | "begun" | "written";

/**
 * One request and its answer. Of the states in RFC 9113 §5.1 a client stream without push meets four:
 *
 *     idle ── HEADERS sent ──▶ open ── END_STREAM sent ──▶ half-closed (local) ── END_STREAM received ──▶ closed
 *       │                       └──────────── END_STREAM received, or RST_STREAM either way ─────────────▶ closed
 *       └── given up before anything left ──▶ closed
 *
 * {@link ClientStream.progress} tells idle, open and half-closed apart.
 */
export class ClientStream<Owner> {
  /** Odd, and higher than the id of any earlier stream (RFC 9113 §5.1.1). */
  readonly id: number;
  /** The second argument of `request`. */
  readonly owner: Owner;
  /** The request. The session encodes it when its bytes are taken. */
  readonly request: OutgoingRequest;
  /** Octets of the request's body. */
  readonly requestLength: number;
  /** True when the stream has ended. Nothing about it changes after that. */
  closed = false;
  /** How much of the request has been taken from the session. */
  progress: RequestProgress = "unwritten";
  /** Octets of the request's body that have gone into DATA frames. */
  sent = 0;
  /** @internal upper bound of the output that the request takes, in octets, while nothing of it is written */
  outputSize = 0;
  /** @internal octets of the body that had no window when the stream was opened */
  beyondWindow = 0;
  /** @internal what WINDOW_UPDATE frames added to the window, less what was sent */
  windowOffset = 0;
  /** @internal the neighbours in a {@link StreamList} */
  previous: ClientStream<Owner> | undefined = undefined;
  /** @internal */
  next: ClientStream<Owner> | undefined = undefined;

  /** The status code of the answer: 0 until its header section has come. */
  status = 0;
  /** The answer's header fields, `:status` included: name, value, name, value … */
  fields: readonly string[] = noFields;
  /** The trailer fields: name, value, name, value … */
  trailers: readonly string[] = noFields;
  /** Interim (1xx) answers so far. */
  interimResponses = 0;
  /** Octets that content-length promised, or -1. */
  expectedLength = -1;
  /** Octets of the answer's body so far, without padding. */
  bodyLength = 0;
  /** Room for the answer's body; {@link bodyLength} octets of it are in use. */
  #received: Uint8Array = noBody;
  /** @internal what the peer may still send; made with the first DATA frame */
  receiveWindow: ReceiveWindow | undefined = undefined;
  readonly #remote: Readonly<Settings>;

  /** @param remote the peer's settings, which may change */
  constructor(id: number, owner: Owner, request: OutgoingRequest, remote: Readonly<Settings>) {
    this.id = id;
    this.owner = owner;
    this.request = request;
    this.requestLength = request.content.length;
    this.#remote = remote;
  }

  /** The request's method: an answer to `HEAD` has no body, whatever its content-length says. */
  get method(): string {
    return this.request.method;
  }

  /** Octets of the request's body that are not in a DATA frame yet. */
  get unsent(): number {
    return this.requestLength - this.sent;
  }

  /** Octets that the peer accepts on this stream now; negative if it has lowered its window (RFC 9113 §6.9.2). */
  get sendWindow(): number {
    // Relative to the setting, so that a SETTINGS frame changes the windows of all streams in one step.
    return this.#remote.initialWindowSize + this.windowOffset;
  }

  /** True when the peer has sent any part of an answer, even an interim one: it has processed the request. */
  get answerBegun(): boolean {
    return this.status !== 0 || this.interimResponses > 0;
  }

  /** The answer's body. */
  get body(): Uint8Array {
    return this.#received.length === this.bodyLength
      ? this.#received
      : this.#received.subarray(0, this.bodyLength);
  }

  /**
   * Adds octets to the answer's body. They are copied, so that a few octets do not keep a whole chunk of the
   * socket in memory. Usually the first part is the whole body. After that the room doubles, so that a body
   * that arrives octet by octet takes no more memory than any other.
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
