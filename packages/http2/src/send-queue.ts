import { octetsOf, TextContent } from "./content.ts";
import type { FloodGuard } from "./flood-guard.ts";
import { widen } from "./flow-window.ts";
import { DEFAULT_MAX_FRAME_SIZE, Flag, FRAME_HEADER_LENGTH, FrameType } from "./frames.ts";
import type { OutputBuffer } from "./output-buffer.ts";
import type { RequestWriter } from "./request-writer.ts";
import { defaultSettings, type Settings } from "./settings.ts";
import type { ClientStream } from "./stream.ts";
import { StreamList } from "./stream-list.ts";

/** Octets that make a DATA frame worth its header. */
const USEFUL = 512;

/** Octets of a DATA frame that is tiny unless it is the last of its body. */
const TINY = 64;

/** Tiny DATA frames between two round trips, however often the peer changes its windows. */
const MOST_TINY = 8;

/** Looking at so many streams in vain costs as much as one control frame. */
const LOOKS_PER_FRAME = 64;

/** More streams than this are not looked at one by one: a pass over all of them is cheaper. */
const MOST_TOUCHED = 64;

/**
 * The fewest octets of a body that are worth a DATA frame, unless they are its last. A peer with small
 * windows gets small frames: a quarter of its initial window is always enough.
 */
export function usefulOctets(initialWindow: number): number {
  return Math.max(1, Math.min(USEFUL, initialWindow >> 2));
}

/** What the queue shares with its session. */
export interface SendQueueSetup {
  readonly out: OutputBuffer;
  readonly requests: RequestWriter;
  /** The peer's settings, which may change. */
  readonly remote: Readonly<Settings>;
  readonly guard: FloodGuard;
}

/**
 * The requests on their way out, oldest first (RFC 9113 §5.2):
 *
 *     add ──▶ unwritten ── header section written ──▶ waiting for window ──▶ all of the body written
 *
 * Only {@link SendQueue.write} writes; it fills one piece of output. So frames that answer the peer, such as
 * the acknowledgement of SETTINGS, always leave before the DATA that they allow (RFC 9113 §6.5.3). Any number
 * of window changes costs one pass. A request that is withdrawn before the write leaves no trace.
 *
 * The queue does not use a few octets of window at once. Otherwise a peer could make this end write a frame
 * for each octet of a body (the "silly window syndrome", RFC 9293 §3.8.6.2). {@link SendQueue.holdsBack}
 * reports such unused window. After a round trip without a larger window, {@link SendQueue.useAnyWindow}
 * sends whatever fits, so that every body gets through.
 */
export class SendQueue<Owner> {
  readonly #out: OutputBuffer;
  readonly #requests: RequestWriter;
  readonly #remote: Readonly<Settings>;
  readonly #guard: FloodGuard;
  readonly #unwritten = new StreamList<Owner>();
  readonly #waiting = new StreamList<Owner>();
  /** Octets that the peer accepts on this connection now. */
  #window = defaultSettings.initialWindowSize;
  /** Octets of all bodies that are not in a DATA frame yet. */
  #unsent = 0;
  /** The part of {@link #unsent} whose header section has been written. */
  #waitingOctets = 0;
  /** Upper bound of the output that unwritten requests make without waiting for window, in octets. */
  #unwrittenSize = 0;
  /** Octets of unwritten bodies that have to wait for window. */
  #beyondWindow = 0;
  #lastWritten = 0;
  /** Open streams of which the peer knows. */
  #inUse = 0;
  /** True when a body waits for the connection's window; those behind it wait too. */
  #blocked = false;
  /** True when any waiting stream may go on: the whole list has to be looked at. */
  #stirred = false;
  /** True when frames of the peer set {@link #stirred}. */
  #byPeer = false;
  /** Waiting streams that may continue because their own window has grown. */
  #touched: ClientStream<Owner>[] = [];
  #holdsBack = false;
  #useAnyWindow = false;
  /** Tiny DATA frames since the last round trip. */
  #tiny = 0;
  /** Below this initial window no waiting stream has enough window to continue. */
  #leastInitialWindow = Number.POSITIVE_INFINITY;

  constructor({ out, requests, remote, guard }: SendQueueSetup) {
    this.#out = out;
    this.#requests = requests;
    this.#remote = remote;
    this.#guard = guard;
  }

  /** Octets of the connection's window beyond all bodies of the queue; may be negative. */
  get spareWindow(): number {
    return this.#window - this.#unsent;
  }

  /** Octets of bodies that wait for window. */
  get waiting(): number {
    return this.#waitingOctets + this.#beyondWindow;
  }

  /** Upper bound of the output that unwritten requests make without waiting for window, in octets. */
  get unwrittenSize(): number {
    return this.#unwrittenSize;
  }

  /** The id of the last stream that was written; 0 before the first. */
  get lastWritten(): number {
    return this.#lastWritten;
  }

  /** True when window is left unused because it is too small to be worth a frame. */
  get holdsBack(): boolean {
    return this.#holdsBack;
  }

  /**
   * Enters a new stream. @param headerListSize no less than what HPACK and frame headers make of the request
   */
  add(stream: ClientStream<Owner>, headerListSize: number): void {
    const { unsent } = stream;
    const window = Math.min(this.#remote.initialWindowSize, this.spareWindow);
    stream.beyondWindow = unsent <= window ? 0 : unsent - Math.max(0, window);
    stream.outputSize = headerListSize + unsent - stream.beyondWindow;
    this.#unsent += unsent;
    this.#beyondWindow += stream.beyondWindow;
    this.#unwrittenSize += stream.outputSize;
    this.#unwritten.add(stream);
  }

  /** Removes a stream that has ended, and the unwritten part of its body. */
  remove(stream: ClientStream<Owner>): void {
    const { unsent } = stream;
    this.#unsent -= unsent;
    if (stream.progress === "unwritten") {
      this.#takeOut(stream);
      return;
    }
    this.#inUse--;
    if (stream.progress === "written") return;
    this.#waitingOctets -= unsent;
    this.#waiting.remove(stream);
    // The next stream in the list may be able to use the window.
    if (this.#blocked) this.#stirred = true;
  }

  /** The streams of which nothing has been written, oldest first. */
  allUnwritten(): ClientStream<Owner>[] {
    const streams: ClientStream<Owner>[] = [];
    for (let stream = this.#unwritten.first; stream !== undefined; stream = stream.next) streams.push(stream);
    return streams;
  }

  /** The streams of which nothing has been written and whose header list is over the limit, oldest first. */
  unwrittenOver(maxHeaderListSize: number): ClientStream<Owner>[] {
    return this.allUnwritten().filter(({ request }) => {
      return this.#requests.headerListSize(request) > maxHeaderListSize;
    });
  }

  /** Widens the connection's window; false when it passes 2³¹ − 1. */
  widen(increment: number): boolean {
    const widened = widen(this.#window, increment);
    if (widened === undefined) return false;
    this.#window = widened;
    if (this.#blocked) this.#stir();
    return true;
  }

  /** The window of one stream has grown. */
  touch(stream: ClientStream<Owner>): void {
    if (stream.progress !== "begun" || this.#stirred) return;
    if (this.#touched.length < MOST_TOUCHED) this.#touched.push(stream);
    else this.#stir();
  }

  /** The initial window, and with it the window of each stream, has grown. */
  raise(): void {
    if (this.#waiting.first === undefined) return;
    if (this.#remote.initialWindowSize >= this.#leastInitialWindow) this.#stir();
    else this.#holdsBack = true;
  }

  /** The next {@link write} sends whatever the windows take, however little. */
  useAnyWindow(): void {
    this.#holdsBack = false;
    this.#tiny = 0;
    if (this.#waiting.first === undefined) return;
    this.#useAnyWindow = true;
    this.#stir();
  }

  /** Writes what the windows take, waiting bodies first, until a piece of output is full. */
  write(): void {
    if (this.#stirred) this.#resumeAll();
    else if (this.#touched.length > 0) this.#resumeTouched();
    const out = this.#out;
    for (let stream = this.#unwritten.first; stream !== undefined; stream = this.#unwritten.first) {
      if (!out.hasRoom || this.#inUse >= this.#remote.maxConcurrentStreams) return;
      this.#begin(stream);
    }
  }

  #takeOut(stream: ClientStream<Owner>): void {
    this.#unwritten.remove(stream);
    this.#beyondWindow -= stream.beyondWindow;
    this.#unwrittenSize -= stream.outputSize;
  }

  #begin(stream: ClientStream<Owner>): void {
    this.#takeOut(stream);
    this.#requests.write(stream.id, stream.request);
    this.#lastWritten = stream.id;
    this.#inUse++;
    if (stream.unsent > 0 && !this.#blocked) this.#send(stream);
    if (stream.unsent === 0) {
      stream.progress = "written";
      return;
    }
    stream.progress = "begun";
    this.#waitingOctets += stream.unsent;
    this.#waiting.add(stream);
    this.#noteNeed(stream);
  }

  /** Has all waiting streams looked at, because of frames of the peer. */
  #stir(): void {
    this.#stirred = true;
    this.#byPeer = true;
  }

  /** Updates {@link #leastInitialWindow} for a stream that continues to wait. */
  #noteNeed(stream: ClientStream<Owner>): void {
    const octets = Math.min(stream.unsent, usefulOctets(this.#remote.initialWindowSize));
    this.#leastInitialWindow = Math.min(this.#leastInitialWindow, octets - stream.windowOffset);
  }

  #resumeAll(): void {
    const byPeer = this.#byPeer;
    this.#stirred = false;
    this.#byPeer = false;
    this.#touched = [];
    this.#blocked = false;
    this.#holdsBack = false;
    this.#leastInitialWindow = Number.POSITIVE_INFINITY;
    let inVain = 0;
    let tiny = 0;
    let next: ClientStream<Owner> | undefined;
    for (let stream = this.#waiting.first; stream !== undefined; stream = next) {
      next = stream.next;
      let exhausted = this.#tiny === MOST_TINY && this.#wouldBeTiny(stream);
      if (!exhausted) {
        const sent = this.#resume(stream);
        if (sent === 0) inVain++;
        else if (sent < TINY && stream.unsent > 0) {
          tiny++;
          exhausted = ++this.#tiny === MOST_TINY;
        }
      }
      if (exhausted) this.#holdsBack = true;
      if (this.#blocked || this.#stirred || exhausted) {
        // The needs of the other streams are not known.
        this.#leastInitialWindow = 0;
        break;
      }
    }
    // If the pass stopped because the piece is full, it continues in the next call.
    if (!this.#stirred) this.#useAnyWindow = false;
    if (byPeer) this.#guard.charge(Math.floor(inVain / LOOKS_PER_FRAME) + Math.max(0, tiny - 1));
  }

  /** Whether the next DATA frame of a waiting body would be tiny, and not its last. */
  #wouldBeTiny(stream: ClientStream<Owner>): boolean {
    const window = Math.min(stream.sendWindow, this.#window);
    return window > 0 && window < TINY && window < stream.unsent;
  }

  #resumeTouched(): void {
    const touched = this.#touched;
    this.#touched = [];
    if (touched.length > 1) touched.sort((a, b) => a.id - b.id);
    for (const stream of touched) {
      if (this.#blocked) return;
      if (stream.progress === "begun" && !stream.closed) this.#resume(stream);
    }
  }

  /** Sends as much of a waiting body as the windows take. Returns the number of octets. */
  #resume(stream: ClientStream<Owner>): number {
    const before = stream.sent;
    this.#send(stream);
    const sent = stream.sent - before;
    this.#waitingOctets -= sent;
    if (stream.unsent === 0) {
      stream.progress = "written";
      this.#waiting.remove(stream);
    } else this.#noteNeed(stream);
    return sent;
  }

  #send(stream: ClientStream<Owner>): void {
    const { content } = stream.request;
    const length = stream.requestLength;
    const out = this.#out;
    const { initialWindowSize, maxFrameSize } = this.#remote;
    const mostPerFrame = Math.min(maxFrameSize, DEFAULT_MAX_FRAME_SIZE);
    const least = this.#useAnyWindow ? 1 : usefulOctets(initialWindowSize);
    for (;;) {
      const left = length - stream.sent;
      const window = Math.min(stream.sendWindow, this.#window);
      if (window < left && window < least) {
        if (window > 0) this.#holdsBack = true;
        if (this.#window === window) this.#blocked = true;
        return;
      }
      if (!out.hasRoom) {
        this.#stirred = true;
        return;
      }
      const count = Math.min(left, mostPerFrame, window);
      const last = count === left;
      out.reserve(FRAME_HEADER_LENGTH + count);
      out.writeFrameHeader(count, FrameType.DATA, last ? Flag.END_STREAM : 0, stream.id);
      if (count < length) out.append(octetsOf(content), stream.sent, stream.sent + count);
      else if (content instanceof TextContent) content.writeTo(out);
      else out.append(content, 0, length);
      stream.sent += count;
      stream.windowOffset -= count;
      this.#window -= count;
      this.#unsent -= count;
      if (last) return;
    }
  }
}
