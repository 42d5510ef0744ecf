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
import { encodeFields } from "@apnskit/testkit/http2/hpack-writer";
import type { SeededRandom } from "@apnskit/testkit/seeded-random";
import type { Link, ServerEnd } from "../network/link.ts";
import { EventKind } from "../world/trace.ts";
import type { World } from "../world/world.ts";
import type { Apns } from "./apns.ts";
import type { Attempt, Fate } from "./ledger.ts";
import { ANSWERS, type Treatment } from "./manner.ts";
import { RequestReader, type WrittenFrame } from "./request-reader.ts";
import { type BindingSettings, StreamBook } from "./stream-book.ts";

/** A request at the server. */
interface OpenRequest {
  readonly id: number;
  readonly attempt: Attempt;
  readonly fields: ReadonlyMap<string, string>;
  /** Octets of DATA that have arrived. */
  body: number;
  /** Octets that this end may still send on the stream. */
  window: number;
  answering: boolean;
}

/** How a GOAWAY frame leaves. */
export interface Goaway {
  readonly code: ErrorCode;
  readonly reason: string | undefined;
  /** Which streams are still answered: all, those that have arrived, or half of them. */
  readonly spares: "all" | "arrived" | "half";
  /** Milliseconds until the connection is closed; what is spared is answered before, if there is time. */
  readonly patience: number;
}

/** Milliseconds of silence after which a client may give a connection up. */
const LEAST_SILENCE = 4_500;

/** The server's side of one HTTP/2 connection, written from RFC 9113. */
export class Session implements ServerEnd {
  readonly socket: number;
  readonly host: string;
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #apns: Apns;
  readonly #link: Link;
  readonly #book: StreamBook;
  readonly #reader: RequestReader;
  readonly #requests = new Map<number, OpenRequest>();
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
  /** What the client learns when it reads, and where that ends in this end's octets. */
  readonly #news: { readonly end: number; readonly learn: (isWriting: boolean) => void }[] = [];
  /** When the client read last; true time. */
  #readOn = 0;
  /** What the client has read after which it opens no more streams. */
  #dismissed: string | undefined;
  #goawayRead = false;
  #window = 65_535;
  #clientInitialWindow = 65_535;
  /** DATA frames that wait for window. */
  readonly #waiting: { readonly id: number; readonly body: Buffer }[] = [];
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
  }

  /** Requests that have arrived and have no answer. */
  get open(): number {
    return this.#requests.size;
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
    this.#frame("SETTINGS", 0, 0, encodeSettings(settings as Record<string, number>));
  }

  // ── what the client does ─────────────────────────────────────────────────────────────────────────────────────

  onWritten(bytes: Buffer): void {
    try {
      this.#reader.read(bytes);
    } catch (error) {
      this.#world.find(`socket ${this.socket}: ${(error as Error).message}`);
    }
  }

  onRead(octets: number, isWriting: boolean): void {
    this.#read += octets;
    this.#readOn = this.#world.now;
    this.#apns.onRead(this);
    while (this.#news.length > 0 && this.#news[0]!.end <= this.#read) this.#news.shift()!.learn(isWriting);
  }

  #onFrameWritten(written: WrittenFrame): void {
    const { frame, fields } = written;
    const acknowledged = this.#book.written(frame);
    if (acknowledged?.headerTableSize !== undefined) this.#reader.setTableLimit(acknowledged.headerTableSize);
    if (fields !== undefined) {
      const key = keyOf(fields);
      const { now, trace } = this.#world;
      trace.line(now, `socket ${this.socket}: stream ${frame.streamId} carries ${key}`);
      if (this.#dismissed !== undefined) {
        this.#world.find(
          `socket ${this.socket}: stream ${frame.streamId} is opened after ${this.#dismissed}`,
        );
      }
      this.#apns.onOpened(this, frame.streamId);
      const attempt = this.#apns.ledger.write(key, this.socket, frame.streamId, now);
      this.#attempts.set(frame.streamId, attempt);
      if (frame.streamId > this.#lastSpared) {
        attempt.fate = "excluded";
        attempt.told = this.#goawayRead;
      }
    }
    if (frame.type === "GOAWAY") this.#checkGoodbye();
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

  // ── what arrives ─────────────────────────────────────────────────────────────────────────────────────────────

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
    this.#requests.clear();
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
        if (!frame.ack) this.#frame("PING", flags.ACK, 0, frame.opaque);
        break;
      case "SETTINGS":
        if (!frame.ack) this.#onSettings(frame.settings);
        break;
      case "WINDOW_UPDATE":
        this.#onWindowUpdate(frame.streamId, frame.increment);
        break;
      case "RST_STREAM": {
        const request = this.#requests.get(frame.streamId);
        if (request !== undefined) this.#end(request, "cancelled");
        break;
      }
      case "GOAWAY":
        if (this.#requests.size === 0) this.close("end");
        break;
    }
  }

  #onSettings(settings: { readonly initialWindowSize?: number }): void {
    const { initialWindowSize } = settings;
    if (initialWindowSize !== undefined) {
      for (const request of this.#requests.values()) {
        request.window += initialWindowSize - this.#clientInitialWindow;
      }
      this.#clientInitialWindow = initialWindowSize;
    }
    this.#frame("SETTINGS", flags.ACK, 0, Buffer.alloc(0));
  }

  #onWindowUpdate(id: number, increment: number): void {
    if (id === 0) this.#window += increment;
    else {
      const request = this.#requests.get(id);
      if (request !== undefined) request.window += increment;
    }
    const waiting = this.#waiting.splice(0);
    for (const { id, body } of waiting) this.#sendBody(id, body);
  }

  #onRequest(id: number, fields: ReadonlyMap<string, string>, frame: Frame): void {
    const attempt = this.#attempts.get(id)!;
    if (id > this.#lastSpared) {
      attempt.fate = "excluded";
      return;
    }
    const request: OpenRequest = {
      id,
      attempt,
      fields,
      body: 0,
      window: this.#clientInitialWindow,
      answering: false,
    };
    this.#requests.set(id, request);
    if (frame.flags & flags.END_STREAM) this.#complete(request);
  }

  #onData(id: number, octets: number, end: boolean): void {
    const request = this.#requests.get(id);
    const delay = this.#random.chance(0.3) ? this.#random.next() * 200 : 0;
    this.#world.after(delay, () => {
      if (octets === 0) return;
      this.#grant(0, octets);
      if (!end && this.#requests.has(id)) this.#grant(id, octets);
    });
    if (request === undefined) return;
    request.body += octets;
    if (end) this.#complete(request);
  }

  // ── what the server does ─────────────────────────────────────────────────────────────────────────────────────

  #complete(request: OpenRequest): void {
    const { attempt } = request;
    attempt.complete = true;
    const length = Number(request.fields.get("content-length") ?? request.body);
    if (length !== request.body) {
      this.#world.find(`stream ${request.id}: content-length ${length}, but ${request.body} octets of body`);
    }
    const treatment = this.#apns.treatmentOf(request.fields);
    this.#world.after(this.#apns.manner.answerTime(), () => {
      this.#apns.whenRunning(() => this.#treat(request, treatment));
    });
  }

  #treat(
    request: OpenRequest,
    treatment: Treatment | { readonly status: number; readonly reason: string },
  ): void {
    if (this.#gone || !this.#requests.has(request.id)) return;
    const { manner } = this.#apns;
    if (typeof treatment !== "string") {
      this.#answer(request, treatment.status, treatment.reason);
      return;
    }
    const answer = ANSWERS[treatment];
    if (answer !== undefined) {
      if (treatment !== "accept") this.#answer(request, answer.status, answer.reason);
      else {
        this.#act(request);
        // Between the deed and its answer there is time in which the connection may end.
        this.#world.after(manner.answerTime() / 2, () => {
          this.#apns.whenRunning(() => this.#answer(request, answer.status, undefined));
        });
      }
      return;
    }
    switch (treatment) {
      case "refuse":
        this.#reset(request, "REFUSED_STREAM", "refused");
        break;
      case "calm":
        this.#reset(request, "ENHANCE_YOUR_CALM", "reset");
        break;
      case "reset":
        if (this.#random.chance(0.5)) this.#act(request);
        this.#reset(
          request,
          this.#random.pick(["CANCEL", "INTERNAL_ERROR", "NO_ERROR", "PROTOCOL_ERROR"]),
          "reset",
        );
        break;
      case "break-off":
        if (this.#random.chance(0.5)) this.#act(request);
        this.#headers(request, { ":status": 200, ...identityOf(request) }, false);
        this.#world.after(manner.answerTime(), () => {
          if (!this.#requests.has(request.id)) return;
          this.#reset(request, this.#random.pick(["REFUSED_STREAM", "CANCEL", "INTERNAL_ERROR"]), "reset");
        });
        break;
      case "silence":
        if (this.#random.chance(0.5)) this.#act(request);
        break;
    }
  }

  #act(request: OpenRequest): void {
    const { now, trace } = this.#world;
    trace.mix(now, EventKind.ACT, this.socket, request.id);
    trace.line(now, `APNs acts on ${request.attempt.key} (socket ${this.socket}, stream ${request.id})`);
    this.#apns.ledger.act(request.attempt);
  }

  #answer(request: OpenRequest, status: number, reason: string | undefined): void {
    if (this.#gone || !this.#requests.has(request.id)) return;
    const { attempt } = request;
    const { now, trace } = this.#world;
    trace.mix(now, EventKind.ANSWER, request.id, status);
    trace.line(now, `APNs answers ${attempt.key}: ${status} ${reason ?? ""}`);
    attempt.status = status;
    attempt.reason = reason;
    const fields: Record<string, string | number> = { ":status": status, ...identityOf(request) };
    if (status === 403) fields.date = new Date(this.#apns.epoch()).toUTCString();
    if (reason === undefined) {
      this.#headers(request, fields, true);
      this.#end(request, "answered");
      return;
    }
    const timestamp = status === 410 ? { timestamp: Math.floor(this.#apns.epoch()) } : {};
    const body = Buffer.from(JSON.stringify({ reason, ...timestamp }));
    this.#headers(request, fields, false);
    this.#sendBody(request.id, body);
    if (STOPPING.has(reason)) this.#farewell(`the answer ${reason}`, attempt);
  }

  /** Sends the end of an answer, as soon as the client's windows allow it. */
  #sendBody(id: number, body: Buffer): void {
    const request = this.#requests.get(id);
    if (request === undefined || this.#gone) return;
    if (body.length > Math.min(this.#window, request.window)) {
      this.#waiting.push({ id, body });
      return;
    }
    this.#window -= body.length;
    request.window -= body.length;
    this.#frame("DATA", flags.END_STREAM, id, body);
    this.#book.serverEnded(id, false);
    this.#end(request, "answered");
  }

  #headers(request: OpenRequest, fields: Record<string, string | number>, end: boolean): void {
    request.answering = true;
    const block = encodeFields(fields);
    this.#frame("HEADERS", flags.END_HEADERS | (end ? flags.END_STREAM : 0), request.id, block);
    if (end) this.#book.serverEnded(request.id, false);
  }

  #reset(request: OpenRequest, code: ErrorCode, fate: Fate): void {
    if (this.#gone || !this.#requests.has(request.id)) return;
    const { now, trace } = this.#world;
    trace.line(now, `APNs resets ${request.attempt.key}: ${code}`);
    this.#frame("RST_STREAM", 0, request.id, uint32(codeOf(code)));
    this.#book.serverEnded(request.id, true);
    if (code === "ENHANCE_YOUR_CALM") this.#farewell(code, request.attempt);
    this.#end(request, fate);
  }

  #end(request: OpenRequest, fate: Fate): void {
    const { attempt, id } = request;
    if (attempt.fate === "open") attempt.fate = fate;
    this.#requests.delete(id);
    if (fate !== "answered" && fate !== "refused" && fate !== "reset") return;
    this.#whenRead(() => {
      attempt.told = true;
    });
  }

  /** Sends GOAWAY, and closes when what it spares is answered or the patience is over. */
  goAway({ code, reason, spares, patience }: Goaway): void {
    if (this.#gone) return;
    const arrived = [...this.#requests.keys()].sort((a, b) => a - b);
    // What has been acted on, or has begun to be answered, is spared in any case: this server is honest.
    const least = Math.max(
      0,
      ...[...this.#requests.values()]
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
    for (const request of [...this.#requests.values()]) {
      if (request.id > this.#lastSpared) this.#end(request, "excluded");
    }
    for (const [id, attempt] of this.#attempts) {
      if (id > this.#lastSpared && attempt.fate === "open") attempt.fate = "excluded";
    }
    const debug = reason === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify({ reason }));
    this.#frame("GOAWAY", 0, 0, Buffer.concat([uint32(this.#lastSpared), uint32(codeOf(code)), debug]));
    this.#farewell("GOAWAY");
    this.#whenRead(() => {
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

  /** From when the client has read what was just sent, it opens no more streams. @param attempt the answer to it says so */
  #farewell(what: string, attempt?: Attempt): void {
    this.#whenRead((isWriting) => {
      // What was given to the connection before, or in the same turn, may still leave; not so after GOAWAY (RFC 9113 §6.8).
      if (attempt === undefined) this.#dismissed ??= what;
      else if (!isWriting && !attempt.givenUp)
        this.#world.after(0, () => {
          this.#dismissed ??= what;
        });
    });
  }

  /** Calls back when the client has read what was just sent. */
  #whenRead(learn: (isWriting: boolean) => void): void {
    this.#news.push({ end: this.#sent, learn });
  }

  #grant(id: number, octets: number): void {
    if (this.#gone) return;
    this.#book.grant(id, octets);
    this.#frame("WINDOW_UPDATE", 0, id, uint32(octets));
  }

  #frame(type: FrameName, frameFlags: number, id: number, payload: Buffer): void {
    if (this.#gone) return;
    const bytes = encodeFrame(type, frameFlags, id, payload);
    this.#sent += bytes.length;
    this.#link.send(bytes);
  }
}

/** The identifier that an answer repeats, in upper case, as Apple does. */
function identityOf({ fields }: OpenRequest): Record<string, string> {
  const name = fields.has("apns-request-id") ? "apns-request-id" : "apns-id";
  return { [name]: (fields.get(name) ?? "").toUpperCase() };
}

/** Reasons after which a client sends nothing more over the connection. */
const STOPPING: ReadonlySet<string> = new Set(["Shutdown", "IdleTimeout", "ExpiredProviderToken"]);

/** By what a request is known: an identifier of its caller's, else its device token, which no other request has. */
function keyOf(fields: ReadonlyMap<string, string>): string {
  const id = fields.get("apns-id") ?? fields.get("apns-request-id") ?? "";
  const token = fields.get(":path")?.split("/").at(-1) ?? "";
  return id.startsWith("00000000-") ? id : token;
}
