import type { ErrorCode } from "@apnskit/testkit/http2/codes";
import { codeOf } from "@apnskit/testkit/http2/codes";
import {
  encodeFrame,
  encodeSettings,
  type Frame,
  type FrameName,
  flags,
  uint32,
} from "@apnskit/testkit/http2/frames";
import type { SeededRandom } from "@apnskit/testkit/seeded-random";
import type { Link, ServerEnd } from "../network/link.ts";
import type { World } from "../world/world.ts";
import type { Apns } from "./apns.ts";
import type { Attempt } from "./ledger.ts";
import { RequestReader, type WrittenFrame } from "./request-reader.ts";
import { type Connection, Responder } from "./responder.ts";
import { type BindingSettings, StreamBook } from "./stream-book.ts";

/** How a GOAWAY frame leaves. */
export interface Goaway {
  readonly code: ErrorCode;
  readonly reason: string | undefined;
  /** Which streams are still answered: all, those that have arrived, or half of them. */
  readonly spares: "all" | "arrived" | "half";
  /** Milliseconds until the connection is closed. Spared requests are answered before, if there is time. */
  readonly patience: number;
}

/** Milliseconds of silence after which a client may give a connection up. */
const LEAST_SILENCE = 4_500;

/** The server's side of one HTTP/2 connection, written from RFC 9113. */
export class Session implements ServerEnd, Connection {
  readonly socket: number;
  readonly host: string;
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #apns: Apns;
  readonly #link: Link;
  readonly #book: StreamBook;
  readonly #reader: RequestReader;
  readonly #responder: Responder;
  /** Attempts by stream, from the moment at which they are written. */
  readonly #attempts = new Map<number, Attempt>();
  /** Frames that are written and have not arrived. */
  readonly #underWay: WrittenFrame[] = [];
  #arrived = 0;
  /** Octets that have arrived and were not read, and when reading goes on. */
  #unread = 0;
  #readAt = 0;
  #sent = 0;
  #read = 0;
  /** Streams above it are not acted on. */
  #lastSpared = Number.POSITIVE_INFINITY;
  /** Facts that the client learns when it reads, and where each ends in this end's octets. */
  readonly #news: { readonly end: number; readonly learn: () => void }[] = [];
  /** When the client read last; true time. */
  #readOn = 0;
  /** Messages that the client has read, and after which it opens no more streams. */
  readonly #dismissals: { readonly what: string; readonly attempt: Attempt | undefined }[] = [];
  #goawayRead = false;
  /** The client has ended the connection, and looks at nothing that arrives. */
  #hasLeft = false;
  #gone = false;
  #settings: BindingSettings = {};

  constructor(world: World, random: SeededRandom, apns: Apns, link: Link, socket: number, host: string) {
    this.#world = world;
    this.#random = random;
    this.#apns = apns;
    this.#link = link;
    this.socket = socket;
    this.host = host;
    this.#book = new StreamBook((text) => world.find(`HTTP/2 on socket ${socket}: ${text}`));
    this.#reader = new RequestReader((written) => this.#onFrameWritten(written));
    this.#responder = new Responder(world, random, apns, this);
  }

  /** Requests that have arrived and have no answer. */
  get open(): number {
    return this.#responder.open.length;
  }

  breakSilence(): void {
    this.#responder.breakSilence();
  }

  get link(): Link {
    return this.#link;
  }

  /** Sends the server's preface. */
  greet(settings: BindingSettings): void {
    this.changeSettings(settings);
  }

  changeSettings(settings: BindingSettings): void {
    if (this.#gone) return;
    this.#settings = { ...this.#settings, ...settings };
    this.#book.announce(settings);
    this.frame("SETTINGS", 0, 0, encodeSettings(settings as Record<string, number>));
  }

  // ── the client's side ────────────────────────────────────────────────────────────────────────────────────

  onWritten(bytes: Buffer): void {
    try {
      this.#reader.read(bytes);
    } catch (error) {
      this.#world.find(`socket ${this.socket}: ${(error as Error).message}`);
    }
  }

  onRead(octets: number): void {
    this.#read += octets;
    this.#readOn = this.#world.now;
    this.#apns.onRead(this);
    while (this.#news.length > 0 && this.#news[0]!.end <= this.#read) this.#news.shift()!.learn();
  }

  #onFrameWritten(written: WrittenFrame): void {
    const { frame, fields } = written;
    const acknowledged = this.#book.written(frame);
    if (acknowledged?.headerTableSize !== undefined) this.#reader.setTableLimit(acknowledged.headerTableSize);
    if (fields !== undefined) {
      const key = keyOf(fields);
      const { now, trace } = this.#world;
      if (trace.verbose) trace.line(now, `socket ${this.socket}: stream ${frame.streamId} carries ${key}`);
      // A client that had given the request up does not look at its answer. Its RST_STREAM leaves before new
      // streams do.
      const dismissal = this.#dismissals.find(({ attempt }) => attempt?.givenUp !== true);
      if (dismissal !== undefined)
        this.#world.find(`socket ${this.socket}: stream ${frame.streamId} is opened after ${dismissal.what}`);
      this.#apns.onOpened(this, frame.streamId);
      const attempt = this.#apns.ledger.write(key, this.socket, frame.streamId, now, fields);
      this.#attempts.set(frame.streamId, attempt);
      if (frame.streamId > this.#lastSpared) {
        attempt.fate = "excluded";
        attempt.told = this.#goawayRead;
      }
    }
    if (frame.type === "GOAWAY") {
      this.#hasLeft = true;
      this.#checkGoodbye();
    }
    if (frame.type === "RST_STREAM") {
      const attempt = this.#attempts.get(frame.streamId);
      if (attempt !== undefined) attempt.givenUp = true;
    }
    this.#underWay.push(written);
  }

  /** A client that leaves in good health waits for its answers before. */
  #checkGoodbye(): void {
    const silence = this.#world.now - this.#readOn;
    if (this.#gone || silence > LEAST_SILENCE) return;
    const left = [...this.#attempts.values()].filter(({ told, givenUp }) => !told && !givenUp);
    if (left.length > 0)
      this.#apns.onLeft(
        this.host,
        this.socket,
        left.map(({ key }) => key),
      );
  }

  // ── arrivals ─────────────────────────────────────────────────────────────────────────────────────────────

  onArrived(octets: number): void {
    this.#unread += octets;
    const { now } = this.#world;
    this.#readAt = this.#apns.readAt(Math.max(this.#readAt, now), octets);
    if (this.#readAt <= now && !this.#apns.isStopped) this.#process(octets);
    else this.#world.at(this.#readAt, () => this.#apns.whenRunning(() => this.#process(octets)));
  }

  onGone(): void {
    if (this.#gone) return;
    this.#gone = true;
    for (const attempt of this.#attempts.values()) {
      if (attempt.fate === "open") attempt.fate = "lost";
    }
    this.#responder.clear();
    this.#apns.forget(this);
  }

  #process(octets: number): void {
    if (this.#gone) return;
    this.#unread -= octets;
    this.#arrived += octets;
    this.#link.consumed(octets);
    while (this.#underWay.length > 0 && this.#underWay[0]!.end <= this.#arrived) {
      this.#onFrame(this.#underWay.shift()!);
      if (this.#gone) return;
    }
  }

  #onFrame({ frame, fields }: WrittenFrame): void {
    switch (frame.type) {
      case "HEADERS":
      case "CONTINUATION":
        if (fields !== undefined) this.#onRequest(frame.streamId, fields, frame);
        break;
      case "DATA":
        this.#onData(frame.streamId, frame.payload.length, frame.endStream);
        break;
      case "PING":
        if (!frame.ack) this.frame("PING", flags.ACK, 0, frame.opaque);
        break;
      case "SETTINGS":
        if (!frame.ack) this.#onSettings(frame.settings);
        break;
      case "WINDOW_UPDATE":
        this.#responder.onWindowUpdate(frame.streamId, frame.increment);
        break;
      case "RST_STREAM":
        this.#responder.onReset(frame.streamId);
        break;
      case "GOAWAY":
        if (this.open === 0) this.close("end");
        break;
    }
  }

  #onSettings(settings: { readonly initialWindowSize?: number }): void {
    const { initialWindowSize } = settings;
    if (initialWindowSize !== undefined) this.#responder.onInitialWindow(initialWindowSize);
    this.frame("SETTINGS", flags.ACK, 0, Buffer.alloc(0));
  }

  #onRequest(id: number, fields: ReadonlyMap<string, string>, frame: Frame): void {
    const attempt = this.#attempts.get(id)!;
    if (id > this.#lastSpared) attempt.fate = "excluded";
    else this.#responder.onRequest(attempt, fields, (frame.flags & flags.END_STREAM) !== 0);
  }

  #onData(id: number, octets: number, end: boolean): void {
    const delay = this.#random.chance(0.3) ? this.#random.next() * 200 : 0;
    this.#world.after(delay, () => {
      if (octets === 0) return;
      this.#grant(0, octets);
      if (!end && this.#responder.has(id)) this.#grant(id, octets);
    });
    this.#responder.onData(id, octets, end);
  }

  // ── the server's side ────────────────────────────────────────────────────────────────────────────────────

  /** Sends GOAWAY, and closes when the patience is over. */
  goAway({ code, reason, spares, patience }: Goaway): void {
    if (this.#gone) return;
    const arrived = this.#responder.open.map(({ id }) => id).sort((a, b) => a - b);
    // This server is honest: it spares each request that it has acted on, or has begun to answer.
    const least = Math.max(
      0,
      ...this.#responder.open
        .filter(({ attempt, answering }) => attempt.acted || answering)
        .map(({ id }) => id),
      ...[...this.#attempts]
        .filter(([, { fate }]) => fate !== "open" && fate !== "excluded")
        .map(([id]) => id),
    );
    const newest = Math.max(least, arrived.at(-1) ?? 0);
    const half = Math.max(least, arrived[arrived.length >> 1] ?? 0);
    const last = spares === "all" ? 0x7fff_ffff : spares === "arrived" ? newest : half;
    this.#lastSpared = Math.min(this.#lastSpared, last);
    const { now, trace } = this.#world;
    trace.line(
      now,
      `APNs sends GOAWAY on socket ${this.socket}: ${code} ${reason ?? ""}, spares up to ${last}`,
    );
    for (const request of this.#responder.open) {
      if (request.id > this.#lastSpared) this.#responder.end(request, "excluded");
    }
    for (const [id, attempt] of this.#attempts) {
      if (id > this.#lastSpared && attempt.fate === "open") attempt.fate = "excluded";
    }
    const debug = reason === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify({ reason }));
    this.frame("GOAWAY", 0, 0, Buffer.concat([uint32(this.#lastSpared), uint32(codeOf(code)), debug]));
    this.farewell("GOAWAY");
    if (reason === "BadCertificate") this.refuseCertificate();
    this.whenRead(() => {
      this.#goawayRead = true;
      for (const attempt of this.#attempts.values()) attempt.told ||= attempt.fate === "excluded";
    });
    this.#world.after(patience, () => this.close("end"));
  }

  close(how: "end" | "reset"): void {
    if (this.#gone) return;
    this.#world.trace.line(this.#world.now, `APNs closes socket ${this.socket}: ${how}`);
    this.#link.close(how);
  }

  /**
   * Once the client has read the octets sent so far, it opens no more streams.
   *
   * @param attempt the answer to it says so
   */
  farewell(what: string, attempt?: Attempt): void {
    this.whenRead(() => this.#dismissals.push({ what, attempt }));
  }

  /** Calls back when the client has read the octets sent so far. */
  whenRead(learn: () => void): void {
    this.#news.push({ end: this.#sent, learn });
  }

  refuseCertificate(attempt?: Attempt): void {
    this.whenRead(() => {
      if (!this.#hasLeft) this.#apns.onCertificateRefused(this.host, attempt);
    });
  }

  get isGone(): boolean {
    return this.#gone;
  }

  /** The server has ended its side of a stream. */
  ended(id: number, whole: boolean): void {
    this.#book.serverEnded(id, whole);
  }

  #grant(id: number, octets: number): void {
    if (this.#gone) return;
    this.#book.grant(id, octets);
    this.frame("WINDOW_UPDATE", 0, id, uint32(octets));
  }

  frame(type: FrameName, frameFlags: number, id: number, payload: Buffer): void {
    if (this.#gone) return;
    const bytes = encodeFrame(type, frameFlags, id, payload);
    this.#sent += bytes.length;
    this.#link.send(bytes);
  }
}

/** The key of a request: an identifier from its caller, else its device token, which no other request has. */
function keyOf(fields: ReadonlyMap<string, string>): string {
  const id = fields.get("apns-id") ?? fields.get("apns-request-id") ?? "";
  // Identifiers that callers give, and those of campaigns, which are UUIDs of version 5.
  if (id.startsWith("00000000-") || id[14] === "5") return id;
  const path = fields.get(":path") ?? "";
  return path.slice(path.lastIndexOf("/") + 1);
}
