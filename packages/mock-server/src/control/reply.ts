import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** What the control endpoint answers. */
export interface ControlReply {
  readonly status: number;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as one piece of JSON. */
  readonly body?: unknown;
  /** Sent piece by piece as the last field of `body`, since a long list may not fit into one string. */
  readonly list?: { readonly name: string; readonly items: Iterable<unknown> };
}

/** Least number of characters that are written at once. */
const PIECE = 1 << 16;
const HEADERS = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

export const DONE: ControlReply = { status: 204 };

export function ok(body: unknown): ControlReply {
  return { status: 200, body };
}

export function okList(name: string, items: Iterable<unknown>, body: object = {}): ControlReply {
  return { status: 200, body, list: { name, items } };
}

/** Sends a reply. Resolves when it is written or its client is gone. */
export async function send(response: ServerResponse, reply: ControlReply): Promise<void> {
  const { status, headers, body, list } = reply;
  if (body === undefined) {
    response.writeHead(status, { ...HEADERS, ...headers }).end();
    return;
  }
  response.writeHead(status, { ...HEADERS, ...headers, "content-type": "application/json" });
  if (!list) {
    response.end(`${JSON.stringify(body)}\n`);
    return;
  }
  const pieces = Readable.from(json(body as object, list), { objectMode: false, highWaterMark: PIECE });
  // A client that leaves early is no news.
  await pipeline(pieces, response).catch(() => {});
}

function* json(body: object, { name, items }: NonNullable<ControlReply["list"]>): Generator<string> {
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
