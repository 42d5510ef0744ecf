import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** An answer of the control endpoint. */
export type ControlReply = JsonReply | FileReply | StreamReply;

export interface JsonReply {
  readonly status: number;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as one piece of JSON. */
  readonly body?: unknown;
  /** Sent in pieces as the last field of `body`, since a long list may not fit into one string. */
  readonly list?: { readonly name: string; readonly items: Iterable<unknown> };
}

/** Text or a file. */
export interface FileReply {
  readonly status: 200;
  readonly headers?: Readonly<Record<string, string>>;
  readonly type: string;
  readonly content: string | Uint8Array;
}

/** An endless answer. */
export interface StreamReply {
  /** Takes over the response; the common headers are already set. */
  readonly stream: (response: ServerResponse) => void;
}

/** The fewest characters to write at once. */
const PIECE = 1 << 16;

/**
 * The page loads only its own files, sends nothing to other hosts, and cannot be framed. Text of requests
 * cannot become HTML or script in it. Other answers may do nothing at all.
 */
const NOTHING =
  "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'";
export const PAGE_POLICY = `${NOTHING}; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'`;

const HEADERS = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "content-security-policy": NOTHING,
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
};

export const DONE: JsonReply = { status: 204 };

export function ok(body: unknown): JsonReply {
  return { status: 200, body };
}

export function okList(name: string, items: Iterable<unknown>, body: object = {}): JsonReply {
  return { status: 200, body, list: { name, items } };
}

/** Sends a reply. Resolves when the reply is written or handed over, or the client is gone. */
export async function send(response: ServerResponse, reply: ControlReply): Promise<void> {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  if ("stream" in reply) {
    reply.stream(response);
    return;
  }
  if ("content" in reply) {
    response.writeHead(reply.status, { ...reply.headers, "content-type": reply.type }).end(reply.content);
    return;
  }
  const { status, headers, body, list } = reply;
  if (body === undefined) {
    response.writeHead(status, { ...headers }).end();
    return;
  }
  response.writeHead(status, { ...headers, "content-type": "application/json" });
  if (!list) {
    response.end(`${JSON.stringify(body)}\n`);
    return;
  }
  const pieces = Readable.from(json(body as object, list), { objectMode: false, highWaterMark: PIECE });
  // A client that leaves early is normal.
  await pipeline(pieces, response).catch(() => {});
}

function* json(body: object, { name, items }: NonNullable<JsonReply["list"]>): Generator<string> {
  const head = JSON.stringify(body).slice(0, -1);
  let piece = `${head}${head === "{" ? "" : ","}${JSON.stringify(name)}:[`;
  let separator = "";
  for (const item of items) {
    piece += separator + JSON.stringify(item);
    separator = ",";
    if (piece.length < PIECE) continue;
    yield piece;
    piece = "";
  }
  yield `${piece}]}\n`;
}
