import { EventEmitter } from "node:events";
import type { SeededRandom } from "@apnskit/testkit/seeded-random";
import type { EventLoop } from "../host/event-loop.ts";
import type { SimulatedProcess } from "../host/simulated-process.ts";
import { EventKind } from "../world/trace.ts";
import type { World } from "../world/world.ts";
import type { Link } from "./link.ts";
import { SendRoom } from "./send-room.ts";

interface Write {
  /** As the process gave them: it must leave them alone until the callback. */
  readonly bytes: Buffer;
  /** As they were then. */
  readonly copy: Buffer;
  accepted: number;
  readonly callback: (error?: Error | null) => void;
}

/** Octets that are read at once, as a TLS record holds them. */
const RECORD = 16_384;

/** `onread` of `net.connect`. */
export interface ReadTarget {
  readonly buffer: Uint8Array;
  callback(length: number, buffer: Uint8Array): boolean;
}

/** Takes the place of a `TLSSocket`, with the part of its behaviour that the engine relies on. */
export class SimulatedSocket extends EventEmitter {
  alpnProtocol: string | false | null = "h2";
  readonly remoteAddress: string;
  authorizationError: Error | undefined = undefined;
  errored: Error | null = null;
  /** True: the octets of the last write may have waited for the end of the write before. */
  hasWaited = false;
  /** The turn in which a write ended last. */
  #turn = -1;
  destroyed = false;
  readonly number: number;
  /** The process that has it, if processes end in this run. */
  readonly process: SimulatedProcess | undefined;
  readonly #world: World;
  readonly #loop: EventLoop;
  readonly #random: SeededRandom;
  readonly #target: ReadTarget | undefined;
  #link: Link | undefined;
  readonly #writes: Write[] = [];
  readonly #room: SendRoom;
  /** When a write that waits for room goes on, if that is known. */
  #wakesAt = Number.POSITIVE_INFINITY;
  #ending = false;
  /** Octets on their way to the process; of the first buffer, `#taken` octets were read. */
  readonly #coming: Buffer[] = [];
  #taken = 0;
  /** Sizes of the segments that have arrived and were not read. */
  #segments: number[] = [];
  #reading = false;
  /** The end that follows the received octets. */
  #last: "end" | "reset" | undefined;
  #ended = false;

  constructor(
    world: World,
    loop: EventLoop,
    random: SeededRandom,
    number: number,
    address: string,
    buffer: number,
    target: ReadTarget | undefined,
  ) {
    super();
    this.#world = world;
    this.#loop = loop;
    this.process = loop.current;
    this.#random = random;
    this.number = number;
    this.remoteAddress = address;
    this.#room = new SendRoom(buffer);
    this.#target = target;
  }

  /** Takes its place at the process's end of a connection. */
  attach(link: Link): void {
    this.#link = link;
  }

  get writable(): boolean {
    return !this.destroyed && !this.#ending;
  }

  setNoDelay(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  getPeerCertificate(): object {
    return { issuer: { O: "A simulated authority" } };
  }

  /** Octets that were handed over and have not reached the machine's own buffer. */
  get pending(): number {
    let octets = 0;
    for (const { bytes, accepted } of this.#writes) octets += bytes.length - accepted;
    return octets;
  }

  write(bytes: Buffer, callback?: (error?: Error | null) => void): boolean {
    if (this.destroyed || this.#ending) {
      const error = Object.assign(new Error("write after end"), { code: "ERR_STREAM_WRITE_AFTER_END" });
      process.nextTick(() => callback?.(error));
      return false;
    }
    const copy = Buffer.from(bytes);
    const { now, trace } = this.#world;
    trace.mix(now, EventKind.WRITE, this.number);
    trace.mixBytes(copy);
    // In the same turn as the end of the write before: these octets may have waited for that write.
    this.hasWaited = this.#turn === this.#loop.turns;
    this.#link?.onWritten(copy);
    const done = (error?: Error | null): void => {
      this.#turn = this.#loop.turns;
      callback?.(error);
    };
    this.#writes.push({ bytes, copy, accepted: 0, callback: done });
    this.#pump(true);
    return this.#writes.length === 0;
  }

  end(): this {
    this.destroySoon();
    return this;
  }

  destroySoon(): void {
    if (this.#ending) return;
    this.#ending = true;
    if (this.#writes.length === 0) this.#finish();
  }

  destroy(error?: Error): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    const { now, trace } = this.#world;
    trace.mix(now, EventKind.CLOSE, this.number);
    for (const write of this.#writes.splice(0)) {
      const { callback } = write;
      this.#checkWrite(write);
      const closed = Object.assign(new Error("socket closed"), { code: "ERR_SOCKET_CLOSED" });
      process.nextTick(() => callback(error ?? closed));
    }
    // Octets that were received and not read make the machine reset the connection.
    this.#link?.onDestroyed(this.#segments.length > 0);
    this.#segments = [];
    if (error !== undefined) {
      this.errored = error;
      process.nextTick(() => this.emit("error", error));
    }
    this.#arrive(() => this.emit("close", error !== undefined));
    return this;
  }

  /** Its process has ended: the machine closes the socket and emits no event. @returns the connection */
  vanish(): Link | undefined {
    this.removeAllListeners();
    if (this.destroyed) return this.#link;
    this.destroyed = true;
    const { now, trace } = this.#world;
    trace.mix(now, EventKind.CLOSE, this.number);
    this.#writes.length = 0;
    this.#link?.onDestroyed(this.#segments.length > 0);
    this.#segments = [];
    return this.#link;
  }

  // ── calls of the network ─────────────────────────────────────────────────────────────────────────────────

  /** The machine hears at a time of the world that the other end has read so many octets. */
  onConsumed(octets: number, at: number): void {
    this.#room.giveBack(octets, at);
    if (this.#writes.length > 0) this.#waitForRoom();
  }

  /** The machine hears nothing more of the other end. */
  onForgotten(): void {
    this.#room.cutOff(this.#world.now);
  }

  /** The other end has sent octets. */
  onSent(bytes: Buffer): void {
    if (bytes.length > 0) this.#coming.push(bytes);
  }

  /** The next octets of those that were sent have arrived. */
  onOctets(count: number): void {
    if (this.destroyed || this.#last !== undefined) return;
    this.#segments.push(count);
    this.#readSoon();
  }

  onEnd(): void {
    this.#last ??= "end";
    this.#readSoon();
  }

  onReset(dropUnread: boolean): void {
    if (this.destroyed) return;
    this.#last = "reset";
    if (dropUnread) this.#segments = [];
    this.#readSoon();
  }

  /** The machine gives the connection up. */
  fail(code: string): void {
    this.#arrive(() => {
      if (!this.destroyed) this.destroy(Object.assign(new Error(`read ${code}`), { code }));
    });
  }

  #arrive(callback: () => void): void {
    this.#loop.arrive(callback, this.process);
  }

  #readSoon(): void {
    if (this.#reading) return;
    this.#reading = true;
    this.#arrive(() => this.#read());
  }

  #read(): void {
    this.#reading = false;
    if (this.destroyed || this.#ended) return;
    if (this.#segments.length > 0) {
      const size = this.#take();
      if (this.#segments.length > 0 || this.#last !== undefined) this.#readSoon();
      const { now, trace } = this.#world;
      trace.mix(now, EventKind.READ, this.number, size);
      this.#link?.onRead(size);
      this.#hand(size);
      return;
    }
    if (this.#last === "reset") {
      this.destroy(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
    } else if (this.#last === "end") {
      this.#ended = true;
      this.emit("end");
      // As with `allowHalfOpen: false`, the default.
      this.destroySoon();
    }
  }

  /** Octets of one segment, or of several that make up a record at most. */
  #take(): number {
    const segments = this.#segments;
    let size = 0;
    let count = 0;
    const most = this.#random.chance(0.5) ? 1 : RECORD;
    while (count < segments.length && (count === 0 || size + segments[count]! <= most)) {
      size += segments[count++]!;
    }
    segments.splice(0, count);
    return size;
  }

  #hand(size: number): void {
    if (this.#target === undefined) {
      const chunk = Buffer.allocUnsafe(size);
      this.#copyInto(chunk, size);
      this.emit("data", chunk);
      return;
    }
    const { buffer } = this.#target;
    for (let left = size; left > 0; ) {
      const part = Math.min(left, buffer.length);
      this.#copyInto(buffer, part);
      this.#target.callback(part, buffer);
      // The next read overwrites the buffer: octets that were kept without copying are lost.
      buffer.fill(0xa5, 0, part);
      left -= part;
    }
  }

  #copyInto(target: Uint8Array, size: number): void {
    for (let at = 0; at < size; ) {
      const bytes = this.#coming[0]!;
      const copied = bytes.copy(target, at, this.#taken, this.#taken + size - at);
      at += copied;
      this.#taken += copied;
      if (this.#taken < bytes.length) continue;
      this.#coming.shift();
      this.#taken = 0;
    }
  }

  /** All octets of a write belong to the socket until its callback: TLS may read them at any time. */
  #checkWrite({ bytes, copy }: Write): void {
    if (!bytes.equals(copy)) this.#world.find("octets were changed while their write was under way");
  }

  #waitForRoom(): void {
    const at = this.#room.firstReturn;
    if (at >= this.#wakesAt) return;
    this.#wakesAt = at;
    this.#world.at(at, () => {
      if (this.#wakesAt === at) this.#wakesAt = Number.POSITIVE_INFINITY;
      if (this.#writes.length === 0) return;
      if (this.#room.isEnoughAt(this.#world.now)) this.#arrive(() => this.#pump(false));
      else this.#waitForRoom();
    });
  }

  /** Moves octets into the machine's buffer as far as there is room. */
  #pump(atOnce: boolean): void {
    while (this.#writes.length > 0 && !this.destroyed) {
      const free = this.#room.freeAt(this.#world.now);
      if (free <= 0) {
        this.#waitForRoom();
        return;
      }
      const write = this.#writes[0]!;
      const from = write.accepted;
      const to = Math.min(from + free, write.bytes.length);
      this.#checkWrite(write);
      this.#link?.onAccepted(to - from);
      write.accepted = to;
      this.#room.take(to - from);
      if (to < write.bytes.length) continue;
      this.#writes.shift();
      const callback = (): void => {
        this.#checkWrite(write);
        write.callback();
      };
      // Node calls back in the same turn if the machine took everything at once; through TLS, often in the
      // next one.
      if (atOnce && this.#random.chance(0.5)) process.nextTick(callback);
      else this.#arrive(callback);
    }
    if (this.#ending && this.#writes.length === 0) this.#finish();
  }

  #finish(): void {
    if (this.destroyed) return;
    this.#link?.onFinished();
    this.#arrive(() => this.destroy());
  }
}
