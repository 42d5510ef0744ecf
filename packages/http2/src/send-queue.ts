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

/** So many streams looked at in vain cost as much as one control frame. */
const LOOKS_PER_FRAME = 64;

/** More streams than this are not looked at one by one: a pass over all of them is cheaper. */
const MOST_TOUCHED = 64;

/**
 * The least octets of a body for which a DATA frame is written, unless they are its last. A peer whose windows are small
 * gets small frames: a quarter of its initial window is always enough.
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
 * Nothing is written before {@link SendQueue.write}, which fills one piece of output. So frames that answer the peer, such
 * as the acknowledgement of SETTINGS, always leave before the DATA that they allow (RFC 9113 §6.5.3); any number of window
 * changes costs one pass; and a request that is given up before that leaves no trace.
 *
 * A few octets of window are not used at once, or a peer could make this end write a frame for each octet of a body
 * (the "silly window syndrome", RFC 9293 §3.8.6.2). {@link SendQueue.holdsBack} says so; after a round trip without a
 * larger window, {@link SendQueue.useAnyWindow} sends what there is room for, so that every body gets through.
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
  /** The part of them whose header section has been written. */
  #waitingOctets = 0;
  /** Octets of output that the unwritten requests make, at most, as far as they need not wait. */
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
  /** True when frames of the peer are the reason for that. */
  #byPeer = false;
  /** Waiting streams that may go on because their own window has grown. */
  #touched: ClientStream<Owner>[] = [];
  #holdsBack = false;
  #useAnyWindow = false;
  /** Tiny DATA frames since the last round trip. */
  #tiny = 0;
  /** With a smaller initial window no waiting stream has enough window to go on. */
  #leastInitialWindow = Number.POSITIVE_INFINITY;

  constructor({ out, requests, remote, guard }: SendQueueSetup) {
    this.#out = out;
    this.#requests = requests;
    this.#remote = remote;
    this.#guard = guard;
  }

  /** Octets that the connection's window would take beyond all bodies of the queue; may be negative. */
  get spareWindow(): number {
    return this.#window - this.#unsent;
  }

  /** Octets of bodies that wait for window. */
  get waiting(): number {
    return this.#waitingOctets + this.#beyondWindow;
  }

  /** Octets of output that the unwritten requests make, at most, as far as they need not wait for window. */
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

  /** Enters a new stream. @param headerListSize is never less than what HPACK and frame headers make of the request */
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

  /** Forgets a stream that has ended, and what was not written of its body. */
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
    // The next one in the list may have a use for the window.
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

  /** Frames of the peer are the reason to look at all waiting streams. */
  #stir(): void {
    this.#stirred = true;
    this.#byPeer = true;
  }

  /** Keeps {@link #leastInitialWindow} for a stream that goes on waiting. */
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
        // What the others need is not known.
        this.#leastInitialWindow = 0;
        break;
      }
    }
    // A pass that is cut because the piece is full goes on in the next one.
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

  /** Sends what the windows take of a waiting body. Returns how many octets that is. */
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
