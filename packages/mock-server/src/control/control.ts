import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ApnsEnvironment } from "../credentials/certificate-extensions.ts";
import type { Fault } from "../faults/faults.ts";
import type { Latency } from "../faults/latency.ts";
import type { LedgerQuery, ReceivedOptions } from "../ledger/ledger.ts";
import type { Tally } from "../ledger/tally.ts";
import type { ConnectionAction, MockApns } from "../mock-apns.ts";

const LONGEST_BODY = 64 * 1024 * 1024;
const ENTRIES_PER_ANSWER = 1000;

interface ControlReply {
  status: number;
  body?: unknown;
}

/** A request to the control endpoint: its body, and what stands in its path and query. */
interface ControlCall {
  server: MockApns;
  query: URLSearchParams;
  /** What a `*` of the route matched. */
  rest: string;
  body: unknown;
}

const ok = (body: unknown): ControlReply => ({ status: 200, body });
const DONE: ControlReply = { status: 204 };

const ROUTES: Readonly<Record<string, (call: ControlCall) => ControlReply | Promise<ControlReply>>> = {
  "GET /": ({ server }) => ok(describe(server)),
  "GET /provider-token": ({ server }) => ok({ token: server.providerToken() }),
  "GET /ledger": ({ server, query }) => {
    const entries = server.ledger.entries(ledgerQuery(query));
    return ok({ totals: server.ledger.totals, entries: entries.slice(-limitOf(query)) });
  },
  "DELETE /ledger": ({ server }) => {
    server.ledger.clear();
    return DONE;
  },
  "POST /ledger/wait": ({ server, body }) =>
    server.received(body as ReceivedOptions).then(
      (entries) => ok({ entries }),
      (error: Error) => ({ status: 408, body: { error: error.message } }),
    ),
  "GET /ledger/summary": ({ server, query }) => ok(tallyOf(server, query.get("by")).summary()),
  "POST /ledger/counts": ({ server, body }) => {
    const { by, ids } = body as { by: string; ids: string[] };
    const tally = tallyOf(server, by);
    const counts = ids.map((id) => tally.get(id));
    return ok({ counts: counts.map(({ arrived, acted }) => [arrived, acted]) });
  },
  "GET /faults": ({ server }) => ok({ faults: server.faults }),
  "POST /faults": ({ server, body }) => ({ status: 201, body: { id: server.inject(body as Fault).id } }),
  "DELETE /faults": ({ server }) => {
    server.clearFaults();
    return DONE;
  },
  "DELETE /faults/*": ({ server, rest }) => (server.removeFault(Number(rest)) ? DONE : { status: 404 }),
  "POST /strike": ({ server, body }) => {
    const { connection, ...action } = body as ConnectionAction & { connection?: number };
    return ok({ hit: server.strike(action, connection) });
  },
  "PUT /listening": async ({ server, body }) => {
    if (body === true) await server.resumeListening();
    else if (body === false) server.pauseListening();
    else throw new TypeError(`true or false is wanted, got ${JSON.stringify(body)}`);
    return DONE;
  },
  "PUT /latency": ({ server, body }) => {
    server.setLatency(body as Latency);
    return DONE;
  },
  "GET /devices": ({ server }) => ok({ devices: server.devices.list() }),
  "GET /channels": ({ server }) => ok({ channels: server.channels.list() }),
  "PUT /devices/*": ({ server, rest, body }) => {
    setDevice(server, rest, body as DeviceChange);
    return DONE;
  },
  "DELETE /devices/*": ({ server, rest }) => (server.devices.forget(rest) ? DONE : { status: 404 }),
};

/**
 * The control endpoint: JSON over plain HTTP, meant for loopback. It reads and changes everything about the server, and
 * asks for no credentials.
 */
export class Control {
  readonly #http: Server;

  private constructor(http: Server) {
    this.#http = http;
  }

  /**
   * Starts an endpoint for a server.
   *
   * @param port 0 for any free one
   * @param host address to listen at, which is all that keeps others out
   * @throws Error if the port is taken
   */
  static async listen(server: MockApns, port: number, host = "127.0.0.1"): Promise<Control> {
    const http = createServer((request, response) => void handle(server, request, response));
    http.listen(port, host);
    await once(http, "listening");
    return new Control(http);
  }

  /** The port at which it listens. */
  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  /** Stops listening and cuts its connections; the mock server lives on. */
  async close(): Promise<void> {
    const closed = once(this.#http, "close");
    this.#http.close();
    this.#http.closeAllConnections();
    await closed;
  }
}

async function handle(server: MockApns, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, body } = await answer(server, request).catch((error: unknown) => ({
    status:
      error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError ? 400 : 500,
    body: { error: error instanceof Error ? error.message : String(error) },
  }));
  response.writeHead(status, body === undefined ? {} : { "content-type": "application/json" });
  response.end(body === undefined ? undefined : `${JSON.stringify(body)}\n`);
}

async function answer(server: MockApns, request: IncomingMessage): Promise<ControlReply> {
  // Only browsers send it, and no web page has any business here.
  if (request.headers.origin !== undefined) return { status: 403 };
  const { pathname, searchParams: query } = new URL(request.url ?? "/", "http://control");
  const at = pathname.lastIndexOf("/");
  const rest = decodeURIComponent(pathname.slice(at + 1));
  const route =
    ROUTES[`${request.method} ${pathname}`] ?? ROUTES[`${request.method} ${pathname.slice(0, at)}/*`];
  if (!route) return { status: 404, body: { error: `No such command: ${request.method} ${pathname}` } };
  const text = await readBody(request);
  return route({ server, query, rest, body: text === "" ? undefined : JSON.parse(text) });
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LONGEST_BODY) throw new RangeError(`The body is longer than ${LONGEST_BODY} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function describe(server: MockApns): object {
  return {
    environment: server.environment,
    origin: server.origin,
    broadcastOrigin: server.broadcastOrigin,
    managementOrigin: server.managementOrigin,
    totals: server.ledger.totals,
    connections: server.connections.map(({ number, state, inflight, streamLimit }) => ({
      number,
      state,
      inflight,
      streamLimit,
    })),
    faults: server.faults,
  };
}

const NUMBERS = ["connection", "status", "after"];
const FLAGS = ["acted", "settled"];

function ledgerQuery(query: URLSearchParams): LedgerQuery {
  const fields: Record<string, unknown> = {};
  for (const [name, text] of query) {
    if (name === "limit") continue;
    fields[name] = NUMBERS.includes(name) ? Number(text) : FLAGS.includes(name) ? text === "true" : text;
  }
  return fields as LedgerQuery;
}

function limitOf(query: URLSearchParams): number {
  const limit = Number(query.get("limit") ?? ENTRIES_PER_ANSWER);
  if (!(limit >= 1)) throw new RangeError(`limit must be 1 or more, got ${query.get("limit")}`);
  return limit;
}

function tallyOf(server: MockApns, by: string | null): Tally {
  const tally =
    by === "apns-id" ? server.ledger.apnsIds : by === "collapse-id" ? server.ledger.collapseIds : undefined;
  if (!tally) throw new RangeError(`There is no tally by ${JSON.stringify(by)}; ask for one at the start`);
  return tally;
}

interface DeviceChange {
  state?: "active" | "unregistered" | "expired";
  topic?: string;
  environment?: ApnsEnvironment;
  since?: number;
}

function setDevice(server: MockApns, token: string, change: DeviceChange = {}): void {
  const { state = "active", since, ...about } = change;
  if (state === "active") server.devices.register(token, about);
  else if (state === "unregistered") server.devices.unregister(token, since);
  else if (state === "expired") server.devices.expire(token, since);
  else throw new RangeError(`Unknown state of a device: ${JSON.stringify(state)}`);
}
