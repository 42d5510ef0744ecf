import { type Answer, isRefusal } from "../services/answer.ts";
import { spell } from "../services/reasons.ts";
import type { ConnectionHistory } from "./connection-history.ts";
import type { ConnectionWorld } from "./connection-world.ts";
import type { RequestStream } from "./request-stream.ts";

/**
 * The requests with open streams of one connection. Only this class answers them and settles their entries.
 */
export class OpenRequests {
  readonly #world: ConnectionWorld;
  readonly #history: ConnectionHistory;
  readonly #open = new Map<number, RequestStream>();
  #newest = 0;
  #lastActed = 0;
  #dated = Number.NaN;
  #dateText = "";

  #peak = 0;

  constructor(world: ConnectionWorld, history: ConnectionHistory) {
    this.#world = world;
    this.#history = history;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Ids of the open streams, in order of arrival. */
  get streams(): Iterable<number> {
    return this.#open.keys();
  }

  /** Stream id of the newest request; 0 before the first. */
  get newest(): number {
    return this.#newest;
  }

  /** Highest stream id of a request that had its effect; 0 before the first. */
  get lastActed(): number {
    return this.#lastActed;
  }

  /** A snapshot of the requests; they may be settled during an iteration. */
  all(): RequestStream[] {
    return [...this.#open.values()];
  }

  add(request: RequestStream): void {
    const id = request.stream.id!;
    this.#newest = Math.max(this.#newest, id);
    this.#open.set(id, request);
    if (this.#open.size > this.#peak) this.#peak = this.#open.size;
  }

  /** The most requests that were open at once since the last call. */
  takePeak(): number {
    const peak = this.#peak;
    this.#peak = this.#open.size;
    return peak;
  }

  /** The stream has closed: answered, cancelled by the client, or its connection lost. */
  remove(request: RequestStream): void {
    this.#open.delete(request.stream.id!);
    if (!request.over) this.giveUp(request);
  }

  /** The request has its effect, whatever its client learns. */
  act(request: RequestStream): void {
    if (!request.entry) return;
    this.#world.ledger.act(request.entry);
    this.#lastActed = Math.max(this.#lastActed, request.entry.stream);
  }

  answer(request: RequestStream, answer: Answer): void {
    const { stream, service, entry } = request;
    request.over = true;
    if (stream.destroyed || stream.closed) {
      this.#history.unanswered++;
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
      headers.date = this.#date();
      stream.respond(headers);
      stream.end(JSON.stringify({ reason, timestamp: answer.timestamp }));
      this.#history.refused++;
      this.#world.ledger.settle(entry!, answer.status, reason);
      return;
    }
    this.act(request);
    if (service.givesUniqueId) headers["apns-unique-id"] = random.id();
    headers.date = this.#date();
    if (answer.body) {
      headers["content-type"] = "application/json";
      stream.respond(headers);
      stream.end(JSON.stringify(answer.body));
    } else stream.respond(headers, EMPTY);
    this.#world.ledger.settle(entry!, answer.status);
  }

  /** The server's time, which also decides about provider tokens; formatted once a second. */
  #date(): string {
    const second = Math.floor(this.#world.now() / 1_000);
    if (second !== this.#dated) {
      this.#dated = second;
      this.#dateText = new Date(second * 1_000).toUTCString();
    }
    return this.#dateText;
  }

  /** There will be no answer. The stream stays unchanged. */
  giveUp(request: RequestStream): void {
    request.over = true;
    this.#open.delete(request.stream.id!);
    if (!request.entry || request.entry.settledAt !== undefined) return;
    this.#history.unanswered++;
    this.#world.ledger.settle(request.entry, undefined);
  }

  /** Resets the stream instead of answering. @param code HTTP/2 error code */
  reset(request: RequestStream, code: number): void {
    this.giveUp(request);
    request.stream.close(code);
  }
}

const EMPTY = { endStream: true } as const;
