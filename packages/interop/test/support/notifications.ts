import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { createRequire } from "node:module";
import { splitLines } from "@apnskit/examples/demo/lines.ts";
import { parseNotification } from "@apnskit/examples/demo/notification-line.ts";
import { Request } from "@apnskit/pool";

const file = createRequire(import.meta.url).resolve("@apnskit/examples/notifications.ndjson");

/** Maximum octets of a line. */
const MAX_LINE = 256 * 1024;

let loaded: Promise<readonly Request[]> | undefined;

/** The example file's notifications, once each, without a time limit. The function reads the file once. */
export function exampleRequests(): Promise<readonly Request[]> {
  loaded ??= load();
  return loaded;
}

/** Yields `count` notifications of the example file, and starts over at its end. */
export async function* examples(count: number): AsyncGenerator<Request, void, void> {
  const all = await exampleRequests();
  for (let index = 0; index < count; index++) yield all[index % all.length]!;
}

/** The same notifications, each with a unique `apns-id`, so that a server can distinguish them. */
export async function* identified(count: number): AsyncGenerator<Request, void, void> {
  for await (const request of examples(count)) yield request.with({ "apns-id": randomUUID() });
}

async function load(): Promise<readonly Request[]> {
  const all: Request[] = [];
  for await (const { bytes } of splitLines(createReadStream(file), MAX_LINE)) {
    const { path, headers, body } = parseNotification(bytes);
    all.push(Request.of(path, headers, body, { timeout: Number.POSITIVE_INFINITY }));
  }
  return all;
}
