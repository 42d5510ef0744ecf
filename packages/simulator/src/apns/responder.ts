import type { ErrorCode } from "@apnskit/testkit/http2/codes";
import { codeOf } from "@apnskit/testkit/http2/codes";
import { type FrameName, flags, uint32 } from "@apnskit/testkit/http2/frames";
import { encodeFields } from "@apnskit/testkit/http2/hpack-writer";
import type { SeededRandom } from "@apnskit/testkit/seeded-random";
import { EventKind } from "../world/trace.ts";
import type { World } from "../world/world.ts";
import type { Apns } from "./apns.ts";
import type { Attempt, Fate } from "./ledger.ts";
import { ANSWERS, type Treatment } from "./manner.ts";

/** A request at the server. */
export interface OpenRequest {
  readonly id: number;
  readonly attempt: Attempt;
  readonly fields: ReadonlyMap<string, string>;
  /** Octets of DATA that have arrived. */
  body: number;
  /** Octets that this end may still send on the stream. */
  window: number;
  answering: boolean;
}

/** A responder's view of its connection. */
export interface Connection {
  readonly socket: number;
  readonly isGone: boolean;
  frame(type: FrameName, frameFlags: number, id: number, payload: Buffer): void;
  /** The server has ended its side of a stream. @param whole true: it has reset the stream */
  ended(id: number, whole: boolean): void;
  /**
   * Once the client has read the octets sent so far, it opens no more streams.
   *
   * @param attempt the answer to it says so
   */
  farewell(what: string, attempt: Attempt): void;
  /** Calls back when the client has read the octets sent so far. */
  whenRead(learn: () => void): void;
  /**
   * The octets sent so far refuse the client's certificate.
   *
   * @param attempt the answer to it says so
   */
  refuseCertificate(attempt: Attempt): void;
  close(how: "end" | "reset"): void;
}

/** Decides how the requests of one connection end, and answers them as far as the client's windows allow. */
export class Responder {
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #apns: Apns;
  readonly #connection: Connection;
  readonly #requests = new Map<number, OpenRequest>();
  readonly #silent: OpenRequest[] = [];
  #window = 65_535;
  #clientInitialWindow = 65_535;
  /** DATA frames that wait for window. */
  readonly #waiting: { readonly id: number; readonly body: Buffer }[] = [];

  constructor(world: World, random: SeededRandom, apns: Apns, connection: Connection) {
    this.#world = world;
    this.#random = random;
    this.#apns = apns;
    this.#connection = connection;
  }

  /** Requests that have arrived and have no answer. */
  get open(): readonly OpenRequest[] {
    return [...this.#requests.values()];
  }

  has(id: number): boolean {
    return this.#requests.has(id);
  }

  /**
   * Resets the streams of requests that were to get no answer: each would hold its place for its whole time
   * limit.
   */
  breakSilence(): void {
    for (const request of this.#silent.splice(0)) this.#reset(request, "INTERNAL_ERROR", "reset");
  }

  /** The connection is gone: nothing more is answered. */
  clear(): void {
    this.#requests.clear();
  }

  // ── arrivals ─────────────────────────────────────────────────────────────────────────────────────────────

  onRequest(attempt: Attempt, fields: ReadonlyMap<string, string>, isWhole: boolean): void {
    const id = attempt.stream;
    const window = this.#clientInitialWindow;
    const request: OpenRequest = { id, attempt, fields, body: 0, window, answering: false };
    this.#requests.set(id, request);
    if (isWhole) this.#complete(request);
  }

  onData(id: number, octets: number, end: boolean): void {
    const request = this.#requests.get(id);
    if (request === undefined) return;
    request.body += octets;
    if (end) this.#complete(request);
  }

  onReset(id: number): void {
    const request = this.#requests.get(id);
    if (request !== undefined) this.end(request, "cancelled");
  }

  onInitialWindow(octets: number): void {
    for (const request of this.#requests.values()) request.window += octets - this.#clientInitialWindow;
    this.#clientInitialWindow = octets;
  }

  onWindowUpdate(id: number, increment: number): void {
    if (id === 0) this.#window += increment;
    else {
      const request = this.#requests.get(id);
      if (request !== undefined) request.window += increment;
    }
    const waiting = this.#waiting.splice(0);
    for (const { id, body } of waiting) this.#sendBody(id, body);
  }

  // ── the server's side ────────────────────────────────────────────────────────────────────────────────────

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
    if (this.#connection.isGone || !this.#requests.has(request.id)) return;
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
      case "hang-up":
        if (this.#random.chance(0.5)) this.#act(request);
        this.#connection.close(this.#random.pick(["end", "reset"]));
        break;
      case "silence":
        this.#silent.push(request);
        if (this.#random.chance(0.5)) this.#act(request);
        break;
    }
  }

  #act(request: OpenRequest): void {
    const { now, trace } = this.#world;
    trace.mix(now, EventKind.ACT, this.#connection.socket, request.id);
    if (trace.verbose)
      trace.line(
        now,
        `APNs acts on ${request.attempt.key} (socket ${this.#connection.socket}, stream ${request.id})`,
      );
    this.#apns.ledger.act(request.attempt);
  }

  #answer(request: OpenRequest, status: number, reason: string | undefined): void {
    if (this.#connection.isGone || !this.#requests.has(request.id)) return;
    const { attempt } = request;
    const { now, trace } = this.#world;
    trace.mix(now, EventKind.ANSWER, request.id, status);
    if (trace.verbose) trace.line(now, `APNs answers ${attempt.key}: ${status} ${reason ?? ""}`);
    attempt.status = status;
    attempt.reason = reason;
    const fields: Record<string, string | number> = { ":status": status, ...identityOf(request) };
    if (status === 403) fields.date = new Date(this.#apns.epoch()).toUTCString();
    if (reason === undefined) {
      this.#headers(request, fields, true);
      this.end(request, "answered");
      return;
    }
    const timestamp = status === 410 ? { timestamp: Math.floor(this.#apns.epoch()) } : {};
    const body = Buffer.from(JSON.stringify({ reason, ...timestamp }));
    this.#headers(request, fields, false);
    this.#sendBody(request.id, body);
    if (STOPPING.has(reason)) this.#connection.farewell(`the answer ${reason}`, attempt);
    if (reason === "BadCertificate") this.#connection.refuseCertificate(attempt);
  }

  /** Sends the end of an answer, as soon as the client's windows allow it. */
  #sendBody(id: number, body: Buffer): void {
    const request = this.#requests.get(id);
    if (request === undefined || this.#connection.isGone) return;
    if (body.length > Math.min(this.#window, request.window)) {
      this.#waiting.push({ id, body });
      return;
    }
    this.#window -= body.length;
    request.window -= body.length;
    this.#connection.frame("DATA", flags.END_STREAM, id, body);
    this.#connection.ended(id, false);
    this.end(request, "answered");
  }

  #headers(request: OpenRequest, fields: Record<string, string | number>, end: boolean): void {
    request.answering = true;
    const block = encodeFields(fields);
    this.#connection.frame("HEADERS", flags.END_HEADERS | (end ? flags.END_STREAM : 0), request.id, block);
    if (end) this.#connection.ended(request.id, false);
  }

  #reset(request: OpenRequest, code: ErrorCode, fate: Fate): void {
    if (this.#connection.isGone || !this.#requests.has(request.id)) return;
    const { now, trace } = this.#world;
    trace.line(now, `APNs resets ${request.attempt.key}: ${code}`);
    this.#connection.frame("RST_STREAM", 0, request.id, uint32(codeOf(code)));
    this.#connection.ended(request.id, true);
    if (code === "ENHANCE_YOUR_CALM") this.#connection.farewell(code, request.attempt);
    this.end(request, fate);
  }

  /** A request is over at the server. */
  end(request: OpenRequest, fate: Fate): void {
    const { attempt, id } = request;
    if (attempt.fate === "open") attempt.fate = fate;
    this.#requests.delete(id);
    if (fate !== "answered" && fate !== "refused" && fate !== "reset") return;
    this.#connection.whenRead(() => {
      attempt.told = true;
    });
  }
}

/** The identifier that an answer repeats, in upper case, as Apple does. */
function identityOf({ fields }: OpenRequest): Record<string, string> {
  const name = fields.has("apns-request-id") ? "apns-request-id" : "apns-id";
  return { [name]: (fields.get(name) ?? "").toUpperCase() };
}

/** Reasons after which a client sends nothing more over the connection. */
const STOPPING: ReadonlySet<string> = new Set([
  "Shutdown",
  "IdleTimeout",
  "ExpiredProviderToken",
  "BadCertificate",
]);
