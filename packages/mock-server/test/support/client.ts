import { once } from "node:events";
import { type ClientHttp2Session, connect, constants, type OutgoingHttpHeaders } from "node:http2";
import type { MockApns } from "../../src/index.ts";

export const TOKEN = "aa".repeat(32);
export const TOPIC = "com.example.app";
export const PAYLOAD = '{"aps":{"alert":"Hello"}}';

export interface Reply {
  status: number;
  headers: Record<string, string | undefined>;
  reason: string | undefined;
  timestamp: number | undefined;
  body: string;
}

/** A bare node:http2 client, which sends what it is told to. */
export class Client implements AsyncDisposable {
  readonly session: ClientHttp2Session;
  readonly goaways: { code: number; last: number; debug: string }[] = [];
  readonly limits: number[] = [];

  private constructor(session: ClientHttp2Session) {
    this.session = session;
    session.on("goaway", (code, last, debug) => {
      this.goaways.push({ code, last, debug: debug ? Buffer.from(debug).toString() : "" });
    });
    session.on("remoteSettings", (settings) => this.limits.push(settings.maxConcurrentStreams!));
    session.on("error", () => {});
  }

  /** Connects and waits for the first SETTINGS. */
  static async open(
    server: MockApns,
    options: { cert?: string; key?: string; origin?: string } = {},
  ): Promise<Client> {
    const { origin = server.origin, ...credentials } = options;
    const client = new Client(connect(origin, { ca: server.ca, ...credentials }));
    await Promise.race([
      once(client.session, "remoteSettings"),
      closed(client.session).then(() => Promise.reject(new Error("closed before the first SETTINGS"))),
    ]);
    return client;
  }

  /** Sends any request. */
  async request(headers: OutgoingHttpHeaders, body = ""): Promise<Reply> {
    const stream = this.session.request(headers, { endStream: body === "" });
    if (body !== "") stream.end(body);
    const answer = await new Promise<Record<string, string | undefined>>((resolve, reject) => {
      stream.on("response", (headers) => resolve(headers as Record<string, string | undefined>));
      stream.on("error", reject);
      stream.on("close", () => reject(new Error(`closed without an answer, code ${stream.rstCode}`)));
    });
    let text = "";
    stream.setEncoding("utf8");
    for await (const chunk of stream) text += chunk;
    const json = text === "" ? undefined : JSON.parse(text);
    return {
      status: Number(answer[":status"]),
      headers: answer,
      reason: json?.reason,
      timestamp: json?.timestamp,
      body: text,
    };
  }

  /** Sends a good push, with these changes to its headers; undefined leaves one out. */
  push(changes: OutgoingHttpHeaders = {}, body = PAYLOAD): Promise<Reply> {
    const headers: OutgoingHttpHeaders = {
      [constants.HTTP2_HEADER_METHOD]: "POST",
      [constants.HTTP2_HEADER_PATH]: `/3/device/${TOKEN}`,
      "apns-topic": TOPIC,
      "apns-push-type": "alert",
      ...changes,
    };
    for (const name of Object.keys(headers)) if (headers[name] === undefined) delete headers[name];
    return this.request(headers, body);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.session.destroyed) return;
    const gone = closed(this.session);
    this.session.destroy();
    await gone;
  }
}

export function bearer(server: MockApns): string {
  return `bearer ${server.providerToken()}`;
}

/** Waits for "close", whatever errors come before it. */
export function closed(emitter: { once(event: "close", listener: () => void): unknown }): Promise<void> {
  return new Promise((resolve) => {
    emitter.once("close", resolve);
  });
}
