import { EventEmitter } from "node:events";
import type { SeededRandom } from "@apnskit/testkit/seeded-random";
import type { EventLoop } from "../host/event-loop.ts";
import type { SimulatedProcess } from "../host/simulated-process.ts";
import { EventKind } from "../world/trace.ts";
import type { World } from "../world/world.ts";
import type { Link } from "./link.ts";

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

/** What stands in the place of a `TLSSocket`: the part of its behaviour that the engine relies on. */
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
  /** The process that has it, if that can end by itself. */
  readonly process: SimulatedProcess | undefined;
  readonly #world: World;
  readonly #loop: EventLoop;
  readonly #random: SeededRandom;
  readonly #target: ReadTarget | undefined;
  #link: Link | undefined;
  readonly #writes: Write[] = [];
  #room: number;
  #ending = false;
  #received: Buffer[] = [];
  #reading = false;
  /** What follows the octets that have been received. */
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
    this.#room = buffer;
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
    return this.#writes.reduce((sum, { bytes, accepted }) => sum + bytes.length - accepted, 0);
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
    // In the same turn as the end of the write before: what it holds may have waited for that.
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
    for (const { callback } of this.#writes.splice(0)) {
      const closed = Object.assign(new Error("socket closed"), { code: "ERR_SOCKET_CLOSED" });
      process.nextTick(() => callback(error ?? closed));
    }
    // What was received and not read makes the machine reset the connection.
    this.#link?.onDestroyed(this.#received.length > 0);
    this.#received = [];
    if (error !== undefined) {
      this.errored = error;
      process.nextTick(() => this.emit("error", error));
    }
    this.#arrive(() => this.emit("close", error !== undefined));
    return this;
  }

  /** Its process has ended: the machine closes it, and no one is told. @returns the connection */
  vanish(): Link | undefined {
    this.removeAllListeners();
    if (this.destroyed) return this.#link;
    this.destroyed = true;
    const { now, trace } = this.#world;
    trace.mix(now, EventKind.CLOSE, this.number);
    this.#writes.length = 0;
    this.#link?.onDestroyed(this.#received.length > 0);
    this.#received = [];
    return this.#link;
  }

  // ── what the network does ────────────────────────────────────────────────────────────────────────────────────

  /** The other end has read so many octets. */
  onConsumed(octets: number): void {
    this.#room += octets;
    if (this.#writes.length > 0) this.#arrive(() => this.#pump(false));
  }

  onBytes(bytes: Buffer): void {
    if (this.destroyed || this.#last !== undefined) return;
    this.#received.push(bytes);
    this.#readSoon();
  }

  onEnd(): void {
    this.#last ??= "end";
    this.#readSoon();
  }

  onReset(dropUnread: boolean): void {
    if (this.destroyed) return;
    this.#last = "reset";
    if (dropUnread) this.#received = [];
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
    if (this.#received.length > 0) {
      const chunk = this.#take();
      if (this.#received.length > 0 || this.#last !== undefined) this.#readSoon();
      const { now, trace } = this.#world;
      trace.mix(now, EventKind.READ, this.number, chunk.length);
      this.#link?.onRead(chunk.length);
      this.#hand(chunk);
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

  /** One record, or several segments of it. */
  #take(): Buffer {
    let size = 0;
    let count = 0;
    const most = this.#random.chance(0.5) ? 1 : RECORD;
    while (count < this.#received.length && (count === 0 || size + this.#received[count]!.length <= most)) {
      size += this.#received[count++]!.length;
    }
    return Buffer.concat(this.#received.splice(0, count));
  }

  #hand(chunk: Buffer): void {
    if (this.#target === undefined) {
      this.emit("data", chunk);
      return;
    }
    const { buffer } = this.#target;
    for (let at = 0; at < chunk.length; at += buffer.length) {
      const part = chunk.subarray(at, at + buffer.length);
      buffer.set(part);
      this.#target.callback(part.length, buffer);
      // The next read overwrites it: what was kept of it without copying is lost.
      buffer.fill(0xa5, 0, part.length);
    }
  }

  /** Moves octets into the machine's buffer as far as there is room. */
  #pump(atOnce: boolean): void {
    while (this.#writes.length > 0 && this.#room > 0 && !this.destroyed) {
      const write = this.#writes[0]!;
      const size = Math.min(this.#room, write.bytes.length - write.accepted);
      const part = write.bytes.subarray(write.accepted, write.accepted + size);
      if (!part.equals(write.copy.subarray(write.accepted, write.accepted + size))) {
        this.#world.find("octets were changed while their write was under way");
      }
      this.#link?.onAccepted(Buffer.from(part));
      write.accepted += size;
      this.#room -= size;
      if (write.accepted < write.bytes.length) return;
      this.#writes.shift();
      const { callback } = write;
      // Node calls back in the same turn if the machine took everything at once; through TLS, often in the next one.
      if (atOnce && this.#random.chance(0.5)) process.nextTick(callback);
      else this.#arrive(() => callback());
    }
    if (this.#ending && this.#writes.length === 0) this.#finish();
  }

  #finish(): void {
    if (this.destroyed) return;
    this.#link?.onFinished();
    this.#arrive(() => this.destroy());
  }
}
