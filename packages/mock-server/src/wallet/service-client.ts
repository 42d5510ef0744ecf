import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";

/** An answer of a web service. */
export interface ServiceAnswer {
  readonly status: number;
  readonly lastModified: string | undefined;
  readonly body: Buffer;
}

/** A device's request to a web service. */
export interface ServiceRequest {
  readonly method: "GET" | "POST" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: object;
}

/** The most milliseconds of one request. */
const TIMEOUT = 30_000;
/** The most bytes of an answer. */
const MAX_ANSWER = 32 * 1024 * 1024;

/** The connections of all Wallet devices to web services. */
export class ServiceClient {
  readonly #http = new HttpAgent({ keepAlive: true, maxSockets: 32 });
  readonly #https: HttpsAgent;

  /** @param ca authorities to trust besides those of Node.js, PEM */
  constructor(ca: string | undefined) {
    this.#https = new HttpsAgent({ keepAlive: true, maxSockets: 32, ...(ca === undefined ? {} : { ca }) });
  }

  /** @returns rejects with the system's error when there is no answer */
  send({ method, url, headers = {}, body }: ServiceRequest): Promise<ServiceAnswer> {
    const target = new URL(url);
    const secure = target.protocol === "https:";
    const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const options: RequestOptions = {
      method,
      agent: secure ? this.#https : this.#http,
      timeout: TIMEOUT,
      headers:
        content === undefined
          ? headers
          : { ...headers, "content-type": "application/json", "content-length": String(content.length) },
    };
    return new Promise((resolve, reject) => {
      const outgoing = (secure ? httpsRequest : httpRequest)(target, options);
      outgoing.once("timeout", () => outgoing.destroy());
      outgoing.once("error", reject);
      outgoing.once("response", (incoming) => collect(incoming).then(resolve, reject));
      outgoing.end(content);
    });
  }

  /** Ends all connections. */
  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}

async function collect(incoming: IncomingMessage): Promise<ServiceAnswer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of incoming as AsyncIterable<Buffer>) {
    size += piece.length;
    // A body beyond the limit becomes a truncated package.
    if (size > MAX_ANSWER) break;
    pieces.push(piece);
  }
  return {
    status: incoming.statusCode ?? 0,
    lastModified: incoming.headers["last-modified"],
    body: Buffer.concat(pieces),
  };
}
