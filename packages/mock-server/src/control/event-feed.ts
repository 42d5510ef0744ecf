import type { ServerResponse } from "node:http";
import type { MockApns } from "../mock-apns.ts";
import { EntryTexts } from "./entry-texts.ts";
import { EventListener, type LedgerPiece, ledgerPiece } from "./event-listener.ts";

/** The most pages that may listen at once. */
export const MOST_LISTENERS = 32;

/** Times of the feed, in milliseconds. */
export interface FeedTimes {
  /** Between two checks of the ledger. */
  readonly look: number;
  /** Between two checks of the rest of the server, unless `hurry()` was called. */
  readonly state: number;
  /** Silence after which the feed sends a sign of life. */
  readonly ping: number;
  /** Time after which a page that reads nothing is dropped. It reconnects and continues where it was. */
  readonly patience: number;
}

const TIMES: FeedTimes = { look: 100, state: 500, ping: 15_000, patience: 60_000 };
/** Share of the time that pages may cost the server: normally, and while a new page receives the past. */
const SHARE = 0.03;
const SHARE_FOR_THE_PAST = 0.5;
/** The most connections whose state is sent; a page asks for the others. */
const MOST_CONNECTIONS = 200;

/** Changes of a connection since the last state. */
interface ConnectionSample {
  readonly number: number;
  readonly state: string;
  readonly inflight: number;
  readonly peak: number;
  readonly streamLimit: number;
  readonly refusedStreams: number;
  readonly requests: number;
  readonly refused: number;
  readonly unanswered: number;
  /** Incidents in its record. A page that shows the record requests it again when this number changes. */
  readonly incidents: number;
}

/**
 * Tells pages what happens, as server-sent events. A request costs no work: while pages listen, a timer looks
 * for ledger entries that they do not have yet. The time that this may take limits how much is sent.
 */
export class EventFeed {
  readonly #server: MockApns;
  readonly #run: string;
  readonly #times: FeedTimes;
  readonly #listeners = new Set<EventListener>();
  /** The last entry when the page connected: entries up to it are the past. */
  readonly #past = new WeakMap<EventListener, number>();
  #timer: NodeJS.Timeout | undefined;
  #walletRevision = 0;
  readonly #leaveWallet: () => void;
  #state = "";
  #stateAt = -Infinity;

  /** @param run distinguishes this server from an earlier one at the same address, which had other ids */
  constructor(server: MockApns, run: string, times: Partial<FeedTimes> = {}) {
    this.#server = server;
    this.#run = run;
    this.#times = { ...TIMES, ...times };
    this.#leaveWallet = server.wallet.subscribe(() => {
      this.#walletRevision++;
    });
  }

  /** How many pages listen. */
  get size(): number {
    return this.#listeners.size;
  }

  /**
   * Sends events to this page from now on, starting after `after`.
   *
   * @param after the last entry that the page knows with all before it; 0 for none
   */
  listen(response: ServerResponse, after: number): void {
    const { ledger } = this.#server;
    // An id beyond the last one is from another server.
    const known = after > ledger.lastId ? 0 : after;
    const listener = new EventListener(response, Math.max(known, ledger.clearedUpTo), ledger.clearedUpTo);
    this.#listeners.add(listener);
    this.#past.set(listener, ledger.lastId);
    response.on("close", () => this.#leave(listener));
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
    response.write("retry: 1000\n\n");
    const hello = { run: this.#run, lastId: ledger.lastId, clearedUpTo: ledger.clearedUpTo };
    listener.event("hello", JSON.stringify(hello));
    // Starts at once, without disturbing the other pages.
    this.#schedule(0);
  }

  /** Reports the state with the next check, because a client has just changed something. */
  hurry(): void {
    this.#stateAt = -Infinity;
  }

  /** Ends all answers. */
  close(): void {
    this.#leaveWallet();
    clearTimeout(this.#timer);
    for (const listener of this.#listeners) listener.end();
    this.#listeners.clear();
  }

  #leave(listener: EventListener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) clearTimeout(this.#timer);
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), ms);
    this.#timer.unref();
  }

  #look(): void {
    const started = performance.now();
    const { ledger } = this.#server;
    const times = this.#times;
    if (started - this.#stateAt >= times.state) {
      this.#state = this.#describe();
      this.#stateAt = started;
    }
    const texts = new EntryTexts(this.#listeners.size);
    const pieces = new Map<number, LedgerPiece | undefined>();
    let isBehind = false;
    let isPast = false;
    for (const listener of this.#listeners) {
      if (!listener.isReady) {
        if (started - listener.lastWrite > times.patience) listener.drop();
        continue;
      }
      if (listener.update(ledger, texts)) isBehind = true;
      const { sent } = listener;
      if (!pieces.has(sent)) pieces.set(sent, ledgerPiece(ledger, sent, texts));
      const piece = pieces.get(sent);
      if (piece) listener.advance(piece);
      listener.showState(this.#state);
      if (started - listener.lastWrite > times.ping) listener.ping();
      if (listener.sent < ledger.lastId) isBehind = true;
      if (listener.sent < this.#past.get(listener)!) isPast = true;
    }
    const spent = performance.now() - started;
    const rest = spent / (isPast ? SHARE_FOR_THE_PAST : SHARE) - spent;
    this.#schedule(Math.max(isBehind ? 1 : times.look, rest));
  }

  #describe(): string {
    const server = this.#server;
    const connections = server.connections.slice(-MOST_CONNECTIONS).map((connection): ConnectionSample => {
      const { number, state, inflight, streamLimit, refusedStreams, incidents } = connection;
      return {
        ...{ number, state, inflight, peak: connection.takePeak(), streamLimit, refusedStreams },
        ...connection.counts,
        incidents,
      };
    });
    return JSON.stringify({
      totals: server.ledger.totals,
      faults: server.faults,
      latency: server.latency,
      listening: server.isListening,
      devices: server.devices.revision,
      wallet: this.#walletRevision,
      connections,
    });
  }
}
