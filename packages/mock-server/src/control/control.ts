import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { InvalidMockInput, MockApnsError, MockListenError } from "../errors.ts";
import { isAnyAddress, originOf } from "../host-addresses.ts";
import type { MockApns } from "../mock-apns.ts";
import { listOf, text } from "../schema/field.ts";
import { Shape } from "../schema/shape.ts";
import { readJson } from "./body.ts";
import { Gatekeeper } from "./gatekeeper.ts";
import { type ControlReply, send } from "./reply.ts";
import { answer } from "./routes.ts";

/** Where the control endpoint listens, and by which names. */
export interface ControlOptions {
  /** Address to listen at, which is all that keeps other machines out. Default `127.0.0.1`. */
  host?: string;
  /**
   * Names by which clients may address it, e.g. that of a container. Default none: loopback names, loopback addresses, the
   * address of the connection and `host` are always good. Other names are refused, since a foreign page could own them.
   */
  names?: readonly string[];
}

const OPTIONS = new Shape<ControlOptions>("the control options", { host: text(), names: listOf(text()) });

/**
 * The control endpoint: JSON over plain HTTP, meant for loopback. It reads and changes everything about the server, and
 * asks for no credentials; requests of web pages are refused.
 */
export class Control {
  /** Where it can be asked, e.g. `http://127.0.0.1:2198`. */
  readonly origin: string;
  readonly #http: Server;

  private constructor(http: Server, origin: string) {
    this.#http = http;
    this.origin = origin;
  }

  /**
   * Starts an endpoint for a server.
   *
   * @param port 0 for any free one
   * @param given the address to listen at, or options
   * @throws InvalidMockInput for an option that makes no sense, MockListenError if the port is taken
   */
  static async listen(server: MockApns, port: number, given: string | ControlOptions = {}): Promise<Control> {
    const { host = "127.0.0.1", names = [] } = OPTIONS.check(
      typeof given === "string" ? { host: given } : given,
    );
    const gatekeeper = new Gatekeeper(isAnyAddress(host) ? names : [...names, host]);
    const http = createServer((request, response) => void handle(server, gatekeeper, request, response));
    try {
      http.listen(port, host);
      await once(http, "listening");
    } catch (cause) {
      throw new MockListenError("The control endpoint", host, port, cause);
    }
    return new Control(http, originOf("http", host, (http.address() as AddressInfo).port));
  }

  /** The port at which it listens. */
  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  /** Stops listening and cuts its connections; the mock server lives on. */
  async close(): Promise<void> {
    if (!this.#http.listening) return;
    const closed = once(this.#http, "close");
    this.#http.close();
    this.#http.closeAllConnections();
    await closed;
  }
}

async function handle(
  server: MockApns,
  gatekeeper: Gatekeeper,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.on("error", () => {});
  const reply = await replyTo(server, gatekeeper, request).catch(problem);
  await send(response, reply);
}

async function replyTo(
  server: MockApns,
  gatekeeper: Gatekeeper,
  request: IncomingMessage,
): Promise<ControlReply> {
  const refusal = gatekeeper.refusal(request);
  if (refusal !== undefined) return { status: 403, body: { error: refusal } };
  const { method = "GET", url = "/" } = request;
  if (!url.startsWith("/")) throw new InvalidMockInput("The path must begin with /");
  // A base with a path of its own keeps `//x` a path.
  const target = new URL(`http://control${url}`);
  return answer(method, target, { server, body: await readJson(request) });
}

function problem(error: unknown): ControlReply {
  if (error instanceof InvalidMockInput) {
    return { status: 400, body: { error: error.message, code: error.code, field: error.field } };
  }
  const code = error instanceof MockApnsError ? error.code : undefined;
  return { status: 500, body: { error: error instanceof Error ? error.message : String(error), code } };
}
