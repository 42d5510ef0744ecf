import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { DrawnFaults } from "../faults/faults.ts";
import type { LedgerEntry } from "../ledger/ledger-entry.ts";
import { checkMessageId } from "../services/checks/message-headers.ts";
import type { ApnsRequest, Service } from "../services/service.ts";

/** Bytes of a body beyond every limit are counted, but not kept. */
const KEPT_BYTES = 8192;

/** What a request needs from its connection. */
export interface Carrier {
  /** The request has arrived completely. */
  arrive(request: RequestStream): void;
  /** Its delay is over: it is decided and answered. */
  process(request: RequestStream): void;
  /** Its stream has closed. */
  leave(request: RequestStream): void;
}

/** A request on its stream, from its headers to its end. */
export class RequestStream implements ApnsRequest {
  readonly connection: Carrier;
  readonly stream: ServerHttp2Stream;
  readonly service: Service;
  readonly headers: IncomingHttpHeaders & Record<string, string | undefined>;
  readonly rawHeaders: readonly string[];
  bytes = 0;
  #first: Buffer | undefined;
  #more: Buffer[] | undefined;
  /** Set on arrival. */
  entry: LedgerEntry | undefined;
  action: DrawnFaults["action"];
  /** Answered or abandoned: no more work is due. */
  over = false;

  constructor(
    connection: Carrier,
    stream: ServerHttp2Stream,
    service: Service,
    headers: IncomingHttpHeaders,
    rawHeaders: readonly string[],
  ) {
    this.connection = connection;
    this.stream = stream;
    this.service = service;
    this.headers = decoded(headers as Record<string, string | undefined>);
    this.rawHeaders = rawHeaders;
  }

  get method(): string {
    return this.headers[":method"] ?? "";
  }

  get path(): string {
    return this.headers[":path"] ?? "";
  }

  /** The client's id, unless it is refused: the answer does not repeat a refused id. */
  get givenId(): string | undefined {
    const id = this.headers[this.service.idHeader];
    return checkMessageId(id) === undefined ? id : undefined;
  }

  append(chunk: Buffer): void {
    this.bytes += chunk.length;
    if (!this.#first) this.#first = chunk;
    else if (this.bytes <= KEPT_BYTES) {
      this.#more ??= [];
      this.#more.push(chunk);
    }
  }

  text(): string {
    if (!this.#first) return "";
    if (this.#more) return Buffer.concat([this.#first, ...this.#more]).toString();
    return this.#first.toString("utf8", 0, Math.min(this.#first.length, KEPT_BYTES));
  }
}

const NOT_ASCII = /[\u0080-\u00ff]/;

/**
 * node:http2 hands over the octets of a value as characters of ISO 8859-1, but clients write UTF-8. It is
 * decoded once, here: the checks count octets of UTF-8, and the ledger shows the client's text.
 */
function decoded(headers: Record<string, string | undefined>): RequestStream["headers"] {
  for (const name in headers) {
    const value = headers[name];
    if (typeof value === "string" && NOT_ASCII.test(value)) {
      headers[name] = Buffer.from(value, "latin1").toString();
    }
  }
  return headers as RequestStream["headers"];
}
