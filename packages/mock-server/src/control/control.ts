import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { InvalidMockInput, MockApnsError, MockListenError } from "../errors.ts";
import { isAnyAddress, originOf } from "../host-addresses.ts";
import type { MockApns } from "../mock-apns.ts";
import { either, flag, listOf, text } from "../schema/field.ts";
import { Shape } from "../schema/shape.ts";
import { BodyTooLong, readJson } from "./body.ts";
import { EventFeed } from "./event-feed.ts";
import { Gatekeeper } from "./gatekeeper.ts";
import { Page } from "./page.ts";
import { type ControlReply, send } from "./reply.ts";
import { type ControlWorld, type CredentialFiles, LONGEST_BODY } from "./route.ts";
import { answer, findRoute } from "./routes.ts";

/** Where the control endpoint listens, and under which names. */
export interface ControlOptions {
  /** Address to listen on; it alone keeps other machines out. Default `127.0.0.1`. */
  host?: string;
  /**
   * Names by which clients may address the endpoint, e.g. that of a container. Default none: loopback names,
   * loopback addresses, the address of the connection and `host` are always accepted. Other names are
   * refused, since a foreign page could own them.
   */
  names?: readonly string[];
  /**
   * Whether there is a page at `/` to look at the server. Default true. A text is the folder of another build
   * of the page, for work on the page.
   */
  ui?: boolean | string;
  /**
   * The file with the authority's certificate, for lines that the page offers to copy. Default: not named.
   */
  caFile?: string;
  /** The file with the provider key, for the same lines. Default: not named. */
  keyFile?: string;
}

const OPTIONS = new Shape<ControlOptions>("the control options", {
  host: text(),
  names: listOf(text()),
  ui: either(flag(), text()),
  caFile: text(),
  keyFile: text(),
});

/** Milliseconds that a client may take to read an answer while it still sends a refused body. */
const LINGER = 1_000;

/**
 * The control endpoint: JSON over plain HTTP, meant for loopback, and a page. It can read and change
 * everything about the server, and requires no credentials. It refuses requests of other web pages.
 */
export class Control {
  /** The origin of the endpoint, e.g. `http://127.0.0.1:2198`. */
  readonly origin: string;
  /** The port on which it listens. */
  readonly port: number;
  readonly #http: Server;
  readonly #world: ControlWorld;

  private constructor(http: Server, host: string, world: ControlWorld) {
    this.#http = http;
    this.port = (http.address() as AddressInfo).port;
    this.origin = originOf("http", host, this.port);
    this.#world = world;
  }

  /**
   * Starts an endpoint for a server.
   *
   * @param port 0 for any free one
   * @param given the address to listen on, or options
   * @throws InvalidMockInput for an invalid option, MockListenError if the port is taken
   */
  static async listen(server: MockApns, port: number, given: string | ControlOptions = {}): Promise<Control> {
    const options = OPTIONS.check(typeof given === "string" ? { host: given } : given);
    const { host = "127.0.0.1", names = [], ui = true, caFile, keyFile } = options;
    const gatekeeper = new Gatekeeper(isAnyAddress(host) ? names : [...names, host]);
    const credentialFiles: CredentialFiles = {
      ...(caFile !== undefined && { ca: caFile }),
      ...(keyFile !== undefined && { key: keyFile }),
    };
    const world: ControlWorld = {
      server,
      feed: new EventFeed(server, randomUUID()),
      page: new Page(ui),
      credentialFiles,
    };
    const http = createServer((request, response) => void handle(world, gatekeeper, request, response));
    try {
      http.listen(port, host);
      await once(http, "listening");
    } catch (cause) {
      throw new MockListenError("The control endpoint", host, port, cause);
    }
    return new Control(http, host, world);
  }

  /** The number of pages and programs that listen to the events now. */
  get listeners(): number {
    return this.#world.feed.size;
  }

  /** The address of the page; undefined if there is none. */
  get page(): string | undefined {
    return this.#world.page.exists ? `${this.origin}/` : undefined;
  }

  /** Stops listening and cuts its connections; the mock server continues. */
  async close(): Promise<void> {
    if (!this.#http.listening) return;
    const closed = once(this.#http, "close");
    this.#world.feed.close();
    this.#http.close();
    this.#http.closeAllConnections();
    await closed;
  }
}

async function handle(
  world: ControlWorld,
  gatekeeper: Gatekeeper,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.on("error", () => {});
  request.on("error", () => {});
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  const reply = await replyTo(world, gatekeeper, request, gone.signal).catch(problem);
  if (!request.complete) discard(request, response);
  await send(response, reply);
}

/** Sends the answer before the client is done, and discards the rest of the request for a short time. */
function discard(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader("connection", "close");
  request.resume();
  const timer = setTimeout(() => request.socket.destroy(), LINGER).unref();
  request.socket.once("close", () => clearTimeout(timer));
}

async function replyTo(
  world: ControlWorld,
  gatekeeper: Gatekeeper,
  request: IncomingMessage,
  signal: AbortSignal,
): Promise<ControlReply> {
  const refusal = gatekeeper.refusal(request);
  if (refusal !== undefined) return { status: 403, body: { error: refusal } };
  const { method = "GET", url = "/" } = request;
  if (!url.startsWith("/")) throw new InvalidMockInput("The path must begin with /");
  // A base with a path keeps `//x` a path.
  const found = findRoute(method, new URL(`http://control${url}`));
  if ("reply" in found) return found.reply;
  const { route, parameter, query } = found;
  const body = await readJson(request, route.body?.longest ?? LONGEST_BODY);
  const header = (name: string) => request.headers[name] as string | undefined;
  return answer(route, { ...world, parameter, query, body, signal, header });
}

function problem(error: unknown): ControlReply {
  if (error instanceof InvalidMockInput) {
    const status = error instanceof BodyTooLong ? 413 : 400;
    return { status, body: { error: error.message, code: error.code, field: error.field } };
  }
  const code = error instanceof MockApnsError ? error.code : undefined;
  return { status: 500, body: { error: error instanceof Error ? error.message : String(error), code } };
}
