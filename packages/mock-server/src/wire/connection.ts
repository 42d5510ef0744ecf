import {
  constants,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { ConnectionCredentials } from "../credentials/connection-credentials.ts";
import { answerOf, errorCode, type FaultAction } from "../faults/faults.ts";
import { type Answer, isRefusal } from "../services/answer.ts";
import { spell } from "../services/reasons.ts";
import type { Service } from "../services/service.ts";
import type { ConnectionWorld } from "./connection-world.ts";
import { announcement, type GoawayOptions, goawayFrames } from "./goaway.ts";
import { type Carrier, RequestStream } from "./request-stream.ts";
import { StreamLimit } from "./stream-limit.ts";
import type { Wire } from "./wire.ts";

/** "BadDeviceToken counts harder than others" ("Handling notification responses from APNs"); how much is a guess. */
const BAD_DEVICE_TOKEN_COST = 5;

type State =
  | { readonly kind: "active" }
  /** Answers above `last` are on their way; the GOAWAY comes after them, since it would make them void. */
  | { readonly kind: "departing"; readonly last: number; readonly frames: Buffer }
  /** The GOAWAY is out. */
  | { readonly kind: "draining"; readonly last: number }
  | { readonly kind: "closed" };

/** One HTTP/2 connection: takes requests in, has them decided on, answers them, and goes wrong when told to. */
export class Connection implements Carrier {
  /** Counts up from 1 over the server's connections. */
  readonly number: number;
  readonly #session: ServerHttp2Session;
  readonly #wire: Wire;
  readonly #world: ConnectionWorld;
  readonly #credentials: ConnectionCredentials;
  readonly #serviceFor: (path: string) => Service;
  readonly #open = new Map<number, RequestStream>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #state: State = { kind: "active" };
  readonly #streamLimit: StreamLimit;
  #newest = 0;
  #lastActed = 0;
  #sticky: Extract<FaultAction, { kind: "answer" }> | undefined;
  /** Silent for good: what is decided from now on is never told. */
  #frozen: { acted: boolean } | undefined;
  #expired = false;
  #errors = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(parts: {
    number: number;
    session: ServerHttp2Session;
    wire: Wire;
    world: ConnectionWorld;
    credentials: ConnectionCredentials;
    /** Whether the client has shown who it is already. */
    known: boolean;
    serviceFor: (path: string) => Service;
  }) {
    this.number = parts.number;
    this.#session = parts.session;
    this.#wire = parts.wire;
    this.#world = parts.world;
    this.#credentials = parts.credentials;
    this.#streamLimit = new StreamLimit(parts.world.behaviour, parts.known);
    this.#serviceFor = parts.serviceFor;
    const { idleTimeout } = parts.world.behaviour;
    if (idleTimeout !== Infinity) this.#idle = setTimeout(() => this.#onIdle(), idleTimeout).unref();
    const onStream = (stream: TaggedStream, headers: IncomingHttpHeaders, flags: number, raw: string[]) =>
      this.#onStream(stream, headers, flags, raw);
    this.#session.on("stream", onStream as never);
    // A peer that breaks the protocol gets nghttp2's GOAWAY; "close" follows.
    this.#session.on("error", () => {});
    this.#session.on("close", () => this.#onClose());
  }

  get state(): "active" | "draining" | "closed" {
    return this.#state.kind === "departing" ? "draining" : this.#state.kind;
  }

  /** Requests that wait for their answer. */
  get inflight(): number {
    return this.#open.size;
  }

  /** The limit of streams at once that the peer was told last. */
  get streamLimit(): number {
    return this.#streamLimit.current;
  }

  /** Does what a fault says, now and to the whole connection. */
  strike(action: Extract<FaultAction, { kind: "goaway" | "settings" | "stall" | "drop" }>): void {
    switch (action.kind) {
      case "goaway":
        this.goaway(action);
        break;
      case "settings":
        this.setStreamLimit(action.maxConcurrentStreams);
        break;
      case "stall":
        this.stall(action);
        break;
      case "drop":
        this.drop(action);
        break;
    }
  }

  /** Sends a GOAWAY, gives up the streams above its last one, and closes once the others are done. */
  goaway(options: GoawayOptions = {}): void {
    if (this.#state.kind !== "active") return;
    if (options.announce !== undefined) {
      this.#wire.sayGoaway(announcement());
      const { announce, ...real } = options;
      this.#later(announce, () => this.goaway(real));
      return;
    }
    const { lastStreamId = "newest" } = options;
    const last =
      lastStreamId === "newest" ? this.#newest : lastStreamId === "acted" ? this.#lastActed : lastStreamId;
    this.#state = { kind: "departing", last, frames: goawayFrames(options, last) };
    for (const [id, request] of this.#open) {
      if (id > last && !request.over) this.#giveUp(request);
    }
    this.#departIfReady();
  }

  /** Announces another limit of streams at once. */
  setStreamLimit(maxConcurrentStreams: number): void {
    this.#announce(this.#streamLimit.change(maxConcurrentStreams));
  }

  #announce(maxConcurrentStreams: number | undefined): void {
    if (maxConcurrentStreams === undefined || this.#session.destroyed) return;
    this.#session.settings({ maxConcurrentStreams });
  }

  /** Falls silent for `ms` milliseconds, or for good. What is in flight then counts as acted on only if `acted`. */
  stall(options: { ms?: number; acted?: boolean } = {}): void {
    this.#wire.stall();
    if (options.ms !== undefined) this.#later(options.ms, () => this.#wire.go());
    else this.#frozen = { acted: options.acted ?? false };
  }

  /** Closes the socket without a word. */
  drop(options: { acted?: boolean } = {}): void {
    for (const request of [...this.#open.values()]) {
      // One that has its answer is open only until its stream is closed: what was said of it stands.
      if (options.acted && !request.over) this.#act(request);
      this.#giveUp(request);
    }
    this.#wire.cut();
  }

  /** Decides on a request whose time has come, and answers it. */
  process(request: RequestStream): void {
    if (request.over) return;
    if (this.#frozen) {
      if (this.#frozen.acted) this.#act(request);
      this.#giveUp(request);
      return;
    }
    const action = request.action ?? this.#sticky;
    if (action && !this.#apply(action, request)) return;
    const { service } = request;
    const decision = service.decide(request, this.#credentials, this.#world.now());
    if (decision.topic !== undefined) request.entry!.topic = decision.topic;
    this.#announce(this.#streamLimit.afterDecision(decision));
    if (decision.authorized) this.#expired = false;
    this.#answer(request, decision.answer);
    if (isRefusal(decision.answer)) this.#onRefusal(decision.answer.reason, request);
  }

  /** @returns whether the request is to be answered as if nothing had happened */
  #apply(action: NonNullable<RequestStream["action"]>, request: RequestStream): boolean {
    request.entry!.fault = action.kind;
    const acted = "acted" in action && action.acted === true;
    switch (action.kind) {
      case "answer":
        if (action.sticky) this.#sticky = action;
        if (acted) this.#act(request);
        this.#answer(request, answerOf(action, this.#world.now()));
        return false;
      case "goaway":
        this.goaway(action);
        return !request.over;
      case "reset":
        if (acted) this.#act(request);
        this.#reset(request, errorCode(action.code));
        return false;
      case "settings":
        this.setStreamLimit(action.maxConcurrentStreams);
        return true;
      case "stall":
        if (action.scope === "connection" && action.ms !== undefined) {
          this.stall(action);
          return true;
        }
        if (action.scope === "connection") this.stall(action);
        else if (action.ms !== undefined) {
          request.action = undefined;
          this.#later(action.ms, () => this.process(request));
          return false;
        }
        if (acted) this.#act(request);
        this.#giveUp(request);
        return false;
      case "drop":
        this.drop(action);
        return false;
    }
  }

  #onStream(stream: TaggedStream, headers: IncomingHttpHeaders, flags: number, raw: string[]): void {
    stream.on("error", ignore);
    const id = stream.id!;
    // Streams above GOAWAY's last one are not looked at (RFC 9113 §6.8).
    if (this.#state.kind === "closed" || (this.#state.kind !== "active" && id > this.#state.last)) return;
    this.#newest = Math.max(this.#newest, id);
    this.#idle?.refresh();
    const request = new RequestStream(this, stream, this.#serviceFor(headers[":path"] ?? ""), headers, raw);
    this.#open.set(id, request);
    stream[REQUEST] = request;
    stream.on("close", onStreamClose);
    if (flags & constants.NGHTTP2_FLAG_END_STREAM) {
      stream.resume();
      this.arrive(request);
    } else {
      stream.on("data", onStreamData);
      stream.on("end", onStreamEnd);
    }
  }

  /** Enters a request that is here in whole, and lets it wait for its time. */
  arrive(request: RequestStream): void {
    if (request.over || request.entry) return;
    const { ledger, faults, delays, latency, random } = this.#world;
    const { service, headers, stream } = request;
    const { token, topic } = service.identify(request);
    request.entry = ledger.open({
      kind: service.kind,
      connection: this.number,
      stream: stream.id!,
      method: request.method,
      path: request.path,
      token,
      topic,
      pushType: headers["apns-push-type"],
      priority: headers["apns-priority"],
      expiration: headers["apns-expiration"],
      collapseId: headers["apns-collapse-id"],
      apnsId: request.givenId ?? random.id().toUpperCase(),
      bytes: request.bytes,
      payload: ledger.keepsPayloads ? request.text() : undefined,
    });
    const drawn = faults.draw({ token, topic, connection: this.number });
    request.action = drawn.action;
    const delay = latency() + drawn.delay;
    if (delay > 0) delays.add(request, delay);
    else this.process(request);
  }

  /** The stream is gone: answered, cancelled by the client, or its connection lost. */
  leave(request: RequestStream): void {
    this.#open.delete(request.stream.id!);
    if (!request.over) this.#giveUp(request);
    if (this.#state.kind === "departing") setImmediate(() => this.#departIfReady());
    else this.#finishIfDone();
  }

  #answer(request: RequestStream, answer: Answer): void {
    const { stream, service, entry } = request;
    request.over = true;
    if (stream.destroyed || stream.closed) {
      this.#world.ledger.settle(entry!, undefined);
      return;
    }
    const { behaviour, random } = this.#world;
    const id = behaviour.upperCaseEcho ? entry!.apnsId.toUpperCase() : entry!.apnsId;
    const headers: Record<string, string | number> = { ":status": answer.status, [service.idHeader]: id };
    Object.assign(headers, answer.headers);
    if (isRefusal(answer)) {
      const reason = spell(answer.reason, behaviour.spelling);
      headers["content-type"] = "application/json";
      stream.respond(headers, NO_DATE);
      stream.end(JSON.stringify({ reason, timestamp: answer.timestamp }));
      this.#world.ledger.settle(entry!, answer.status, reason);
      return;
    }
    this.#act(request);
    if (service.givesUniqueId) headers["apns-unique-id"] = random.id();
    if (answer.body) {
      headers["content-type"] = "application/json";
      stream.respond(headers, NO_DATE);
      stream.end(JSON.stringify(answer.body));
    } else stream.respond(headers, EMPTY);
    this.#world.ledger.settle(entry!, answer.status);
  }

  #act(request: RequestStream): void {
    if (!request.entry) return;
    this.#world.ledger.act(request.entry);
    this.#lastActed = Math.max(this.#lastActed, request.entry.stream);
  }

  /** There will be no answer. The stream stays as it is. */
  #giveUp(request: RequestStream): void {
    request.over = true;
    this.#open.delete(request.stream.id!);
    if (request.entry) this.#world.ledger.settle(request.entry, undefined);
  }

  #reset(request: RequestStream, code: number): void {
    this.#giveUp(request);
    request.stream.close(code);
  }

  #onRefusal(reason: string, request: RequestStream): void {
    const { behaviour } = this.#world;
    if (reason === "ExpiredProviderToken" && behaviour.resetsOnExpiredToken) this.#resetOthers(request);
    if (behaviour.goawayOnBadCertificate && /^BadCertificate/.test(reason)) {
      this.goaway({ reason, lastStreamId: 0, twice: true });
    }
    // "410 does not count as an error" ("Handling notification responses from APNs").
    if (reason === "Unregistered" || reason === "ExpiredToken") return;
    this.#errors += reason === "BadDeviceToken" ? BAD_DEVICE_TOKEN_COST : 1;
    if (this.#errors > behaviour.errorBudget) this.goaway({ reason });
  }

  /** Seen from APNs: SETTINGS with one stream, then error 7 for the streams that are open, and 5 for later ones. */
  #resetOthers(except: RequestStream): void {
    const code = this.#expired ? constants.NGHTTP2_STREAM_CLOSED : constants.NGHTTP2_REFUSED_STREAM;
    this.#expired = true;
    this.#announce(this.#streamLimit.backToStart());
    for (const request of [...this.#open.values()]) {
      if (request !== except && !request.over) this.#reset(request, code);
    }
  }

  #departIfReady(): void {
    if (this.#state.kind !== "departing") return;
    const { last, frames } = this.#state;
    for (const id of this.#open.keys()) if (id > last) return;
    this.#state = { kind: "draining", last };
    this.#wire.sayGoaway(frames);
    this.#finishIfDone();
  }

  #finishIfDone(): void {
    if (this.#state.kind !== "draining" || this.#open.size > 0) return;
    // nghttp2 hands over the frames of a stream that has just closed in the next turn.
    setImmediate(() => {
      this.#wire.leave();
      this.#session.destroy();
    });
  }

  #onIdle(): void {
    if (this.#open.size > 0) this.#idle?.refresh();
    else this.goaway({ reason: "IdleTimeout" });
  }

  #later(ms: number, task: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      task();
    }, ms);
    this.#timers.add(timer);
  }

  #onClose(): void {
    this.#state = { kind: "closed" };
    clearTimeout(this.#idle);
    for (const timer of this.#timers) clearTimeout(timer);
    for (const request of [...this.#open.values()]) this.#giveUp(request);
  }
}

const NO_DATE = { sendDate: false } as never;
const EMPTY = { sendDate: false, endStream: true } as never;

const REQUEST = Symbol("request");
type TaggedStream = ServerHttp2Stream & { [REQUEST]?: RequestStream };

// Shared by all streams: a closure for each would be a cost for each request.
function onStreamData(this: TaggedStream, chunk: Buffer): void {
  this[REQUEST]!.append(chunk);
}

function onStreamEnd(this: TaggedStream): void {
  const request = this[REQUEST]!;
  if (!this.aborted && !this.destroyed) request.connection.arrive(request);
}

function onStreamClose(this: TaggedStream): void {
  const request = this[REQUEST]!;
  request.connection.leave(request);
}

function ignore(): void {}
