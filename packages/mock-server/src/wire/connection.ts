import {
  constants,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { ConnectionCredentials } from "../credentials/connection-credentials.ts";
import type { FaultAction } from "../faults/fault.ts";
import { answerOf } from "../faults/fault-answer.ts";
import { errorCode, goawayShape, limitShape, stallShape } from "../faults/fault-shapes.ts";
import { isRefusal } from "../services/answer.ts";
import type { Service } from "../services/service.ts";
import { timerDelay } from "../timer-delay.ts";
import type { ConnectionHistory } from "./connection-history.ts";
import type { ConnectionWorld } from "./connection-world.ts";
import { type ConnectionState, Departure } from "./departure.ts";
import { ErrorBudget } from "./error-budget.ts";
import { MAX_STREAM_ID } from "./frames.ts";
import { announcement, type GoawayOptions, goawayFrames, goawayIncident } from "./goaway.ts";
import { OpenRequests } from "./open-requests.ts";
import { type Carrier, RequestStream } from "./request-stream.ts";
import { follow } from "./stream-events.ts";
import { StreamLimit } from "./stream-limit.ts";
import type { Wire } from "./wire.ts";

/**
 * One HTTP/2 connection. It receives requests, gets decisions on them, answers them, and fails on command.
 */
export class Connection implements Carrier {
  /** Counts up from 1 over the server's connections. */
  readonly number: number;
  readonly #session: ServerHttp2Session;
  readonly #wire: Wire;
  readonly #world: ConnectionWorld;
  readonly #credentials: ConnectionCredentials;
  readonly #serviceFor: (path: string) => Service;
  readonly #history: ConnectionHistory;
  readonly #requests: OpenRequests;
  readonly #departure = new Departure();
  readonly #streamLimit: StreamLimit;
  readonly #errorBudget: ErrorBudget;
  readonly #timers = new Set<NodeJS.Timeout>();
  #sticky: Extract<FaultAction, { kind: "answer" }> | undefined;
  /** Silent permanently: later decisions are never sent. */
  #frozen: { acted: boolean } | undefined;
  #expired = false;
  #idle: NodeJS.Timeout | undefined;
  /** Streams that were reset as refused by a fault or a rule of APNs, not because of the stream limit. */
  readonly #refusedByRule = new Set<number>();
  #refusedStreams = 0;

  constructor(parts: {
    number: number;
    session: ServerHttp2Session;
    wire: Wire;
    world: ConnectionWorld;
    credentials: ConnectionCredentials;
    /** Whether the client has already authenticated. */
    known: boolean;
    serviceFor: (path: string) => Service;
    history: ConnectionHistory;
  }) {
    this.number = parts.number;
    this.#session = parts.session;
    this.#wire = parts.wire;
    this.#world = parts.world;
    this.#credentials = parts.credentials;
    this.#history = parts.history;
    this.#requests = new OpenRequests(parts.world, parts.history);
    this.#streamLimit = new StreamLimit(parts.world.behaviour, parts.known);
    this.#errorBudget = new ErrorBudget(parts.world.behaviour.errorBudget);
    this.#serviceFor = parts.serviceFor;
    const { idleTimeout } = parts.world.behaviour;
    if (idleTimeout !== Infinity)
      this.#idle = setTimeout(() => this.#onIdle(), timerDelay(idleTimeout)).unref();
    const onStream = (
      stream: ServerHttp2Stream,
      headers: IncomingHttpHeaders,
      flags: number,
      raw: string[],
    ) => this.#onStream(stream, headers, flags, raw);
    this.#session.on("stream", onStream as never);
    // A peer that breaks the protocol gets nghttp2's GOAWAY; "close" follows.
    this.#session.on("error", () => {});
    this.#session.on("close", () => this.#onClose());
    this.#session.on("remoteSettings", (settings) =>
      this.#history.note({ kind: "client-settings", settings }),
    );
    this.#session.on("goaway", (code, lastStreamId) =>
      this.#history.note({ kind: "client-goaway", code, lastStreamId }),
    );
    this.#wire.onRefused = (stream) => {
      if (this.#refusedByRule.delete(stream)) return;
      this.#refusedStreams++;
      this.#world.ledger.refuseStream();
    };
  }

  get state(): ConnectionState {
    return this.#departure.state;
  }

  /** Requests that wait for their answer. */
  get inflight(): number {
    return this.#requests.size;
  }

  /** Counts of its requests. */
  get counts(): { readonly requests: number; readonly refused: number; readonly unanswered: number } {
    const { requests, refused, unanswered } = this.#history;
    return { requests, refused, unanswered };
  }

  /** The number of incidents in its record so far. */
  get incidents(): number {
    return this.#history.incidents;
  }

  /** The most requests that waited at once since the last call. */
  takePeak(): number {
    return this.#requests.takePeak();
  }

  /** The last announced limit of concurrent streams. */
  get streamLimit(): number {
    return this.#streamLimit.current;
  }

  /** Streams that HTTP/2 refused above the stream limit. They leave no ledger entry. */
  get refusedStreams(): number {
    return this.#refusedStreams;
  }

  #reset(request: RequestStream, code: number): void {
    if (code === constants.NGHTTP2_REFUSED_STREAM) this.#refusedByRule.add(request.stream.id!);
    this.#history.note({ kind: "reset", stream: request.stream.id!, code });
    this.#requests.reset(request, code);
  }

  /** Applies a fault now, to the whole connection. */
  strike(action: Extract<FaultAction, { kind: "goaway" | "settings" | "stall" | "drop" }>): void {
    switch (action.kind) {
      case "goaway":
        this.#depart(action);
        break;
      case "settings":
        this.setStreamLimit(action.maxConcurrentStreams);
        break;
      case "stall":
        this.#stall(action);
        break;
      case "drop":
        this.drop(action);
        break;
    }
  }

  /**
   * Sends a GOAWAY, abandons the streams above its last one, and closes when the others are done.
   *
   * @throws InvalidMockInput for invalid options
   */
  goaway(options: GoawayOptions = {}): void {
    this.#depart(goawayShape.check(options));
  }

  #depart(options: GoawayOptions): void {
    if (this.#departure.state !== "active") return;
    if (options.announce !== undefined) {
      this.#wire.sayGoaway(announcement());
      this.#history.note(goawayIncident({}, MAX_STREAM_ID));
      const { announce, ...real } = options;
      this.#later(announce, () => this.#depart(real));
      return;
    }
    const { lastStreamId = "newest" } = options;
    const { newest, lastActed } = this.#requests;
    const last = lastStreamId === "newest" ? newest : lastStreamId === "acted" ? lastActed : lastStreamId;
    this.#departure.begin(last, goawayFrames(options, last));
    this.#history.note(goawayIncident(options, last));
    for (const request of this.#requests.all()) {
      if (request.stream.id! > last && !request.over) this.#requests.giveUp(request);
    }
    this.#departIfReady();
  }

  /**
   * Announces another stream limit. @throws InvalidMockInput unless it is a whole number from 0 to 2³² − 1
   */
  setStreamLimit(maxConcurrentStreams: number): void {
    limitShape.check({ maxConcurrentStreams });
    this.#announce(this.#streamLimit.change(maxConcurrentStreams));
  }

  #announce(maxConcurrentStreams: number | undefined): void {
    if (maxConcurrentStreams === undefined || this.#session.destroyed) return;
    this.#session.settings({ maxConcurrentStreams });
    this.#history.note({ kind: "settings", maxConcurrentStreams });
  }

  /**
   * Falls silent for `ms` milliseconds, or permanently. With `acted`, requests in flight count as acted on.
   */
  stall(options: { ms?: number; acted?: boolean } = {}): void {
    this.#stall(stallShape.check(options));
  }

  #stall(options: { ms?: number; acted?: boolean }): void {
    this.#wire.stall();
    this.#history.note({ kind: "stalled", ms: options.ms });
    if (options.ms !== undefined) this.#later(options.ms, () => this.#resume());
    else this.#frozen = { acted: options.acted ?? false };
  }

  #resume(): void {
    this.#wire.go();
    this.#history.note({ kind: "resumed" });
  }

  /** Closes the socket without notice. */
  drop(options: { acted?: boolean } = {}): void {
    for (const request of this.#requests.all()) {
      // An answered request is open only until its stream closes: its record stands.
      if (options.acted && !request.over) this.#requests.act(request);
      this.#requests.giveUp(request);
    }
    this.#history.note({ kind: "dropped" });
    this.#wire.cut();
  }

  /** Decides on a request whose delay is over, and answers it. */
  process(request: RequestStream): void {
    if (request.over) return;
    if (this.#frozen) {
      if (this.#frozen.acted) this.#requests.act(request);
      this.#requests.giveUp(request);
      return;
    }
    const action = request.action ?? this.#sticky;
    if (action && !this.#apply(action, request)) return;
    const { service } = request;
    const decision = service.decide(request, this.#credentials, this.#world.now());
    if (decision.topic !== undefined) request.entry!.topic = decision.topic;
    this.#announce(this.#streamLimit.afterDecision(decision));
    if (decision.authorized) this.#expired = false;
    this.#requests.answer(request, decision.answer);
    if (isRefusal(decision.answer)) this.#onRefusal(decision.answer.reason, request);
  }

  /** @returns whether to answer the request as if there was no fault */
  #apply(action: NonNullable<RequestStream["action"]>, request: RequestStream): boolean {
    request.entry!.fault = action.kind;
    const acted = "acted" in action && action.acted === true;
    switch (action.kind) {
      case "answer":
        if (action.sticky) this.#sticky = action;
        if (acted) this.#requests.act(request);
        this.#requests.answer(request, answerOf(action, this.#world.now()));
        return false;
      case "goaway":
        this.#depart(action);
        return !request.over;
      case "reset":
        if (acted) this.#requests.act(request);
        this.#reset(request, errorCode(action.code));
        return false;
      case "settings":
        this.setStreamLimit(action.maxConcurrentStreams);
        return true;
      case "stall":
        if (action.scope === "connection" && action.ms !== undefined) {
          this.#stall(action);
          return true;
        }
        if (action.scope === "connection") this.#stall(action);
        else if (action.ms !== undefined) {
          request.action = undefined;
          this.#later(action.ms, () => this.process(request));
          return false;
        }
        if (acted) this.#requests.act(request);
        this.#requests.giveUp(request);
        return false;
      case "drop":
        this.drop(action);
        return false;
    }
  }

  #onStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number, raw: string[]): void {
    stream.on("error", ignore);
    const id = stream.id!;
    if (!this.#departure.takes(id)) return;
    this.#idle?.refresh();
    const request = new RequestStream(this, stream, this.#serviceFor(headers[":path"] ?? ""), headers, raw);
    this.#requests.add(request);
    follow(stream, request, flags);
  }

  /** Enters a request that has arrived completely, and lets it wait for its delay. */
  arrive(request: RequestStream): void {
    if (request.over || request.entry) return;
    const { ledger, faults, delays, latency, random } = this.#world;
    const { service, headers, stream } = request;
    const { token, topic } = service.identify(request);
    request.entry = ledger.open(
      {
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
      },
      request.rawHeaders,
    );
    this.#history.requests++;
    const drawn = faults.draw({ token, topic, connection: this.number });
    request.action = drawn.action;
    const delay = latency() + drawn.delay;
    if (delay > 0) delays.add(request, delay);
    else this.process(request);
  }

  /** The stream has closed: answered, cancelled by the client, or its connection lost. */
  leave(request: RequestStream): void {
    const { id, rstCode } = request.stream;
    if (!request.over && rstCode) this.#history.note({ kind: "client-reset", stream: id!, code: rstCode });
    this.#requests.remove(request);
    if (this.#departure.isWaiting) setImmediate(() => this.#departIfReady());
    else this.#finishIfDone();
  }

  #onRefusal(reason: string, request: RequestStream): void {
    const { behaviour } = this.#world;
    if (reason === "ExpiredProviderToken" && behaviour.resetsOnExpiredToken) this.#resetOthers(request);
    if (behaviour.goawayOnBadCertificate && /^BadCertificate/.test(reason)) {
      this.#depart({ reason, lastStreamId: 0, twice: true });
    }
    if (this.#errorBudget.spend(reason)) this.#depart({ reason });
  }

  /** As seen from APNs: SETTINGS with one stream, then error 7 for the open streams, and 5 for later ones. */
  #resetOthers(except: RequestStream): void {
    const code = this.#expired ? constants.NGHTTP2_STREAM_CLOSED : constants.NGHTTP2_REFUSED_STREAM;
    this.#expired = true;
    this.#announce(this.#streamLimit.backToStart());
    for (const request of this.#requests.all()) {
      if (request !== except && !request.over) this.#reset(request, code);
    }
  }

  #departIfReady(): void {
    const frames = this.#departure.announce(this.#requests.streams);
    if (!frames) return;
    this.#wire.sayGoaway(frames);
    this.#finishIfDone();
  }

  #finishIfDone(): void {
    if (!this.#departure.isAnnounced || this.#requests.size > 0) return;
    // nghttp2 hands over the frames of a stream that has just closed in the next turn.
    setImmediate(() => {
      this.#wire.leave();
      this.#session.destroy();
    });
  }

  #onIdle(): void {
    if (this.#requests.size > 0) this.#idle?.refresh();
    else this.#depart({ reason: "IdleTimeout" });
  }

  #later(ms: number, task: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      task();
    }, timerDelay(ms));
    this.#timers.add(timer);
  }

  #onClose(): void {
    this.#departure.close();
    clearTimeout(this.#idle);
    for (const timer of this.#timers) clearTimeout(timer);
    for (const request of this.#requests.all()) this.#requests.giveUp(request);
  }
}

function ignore(): void {}
