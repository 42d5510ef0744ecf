import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { ParsedNotification } from "@apnskit/examples/demo/notification-line.ts";
import { readNotifications } from "@apnskit/examples/demo/notifications-file.ts";
import { Request } from "@apnskit/pool";

const file = createRequire(import.meta.url).resolve("@apnskit/examples/notifications.ndjson");

/** The example file's notifications, from the top again when it ends, until there are `count`. They have no time limit. */
export function examples(count: number): AsyncGenerator<Request, void, void> {
  return readNotifications(file, { count, prepare: toRequest, onInvalid: refuse });
}

/** The same, each with an `apns-id` of its own, so that a server can tell them apart. */
export async function* identified(count: number): AsyncGenerator<Request, void, void> {
  for await (const request of examples(count)) yield request.with({ "apns-id": randomUUID() });
}

/** Paths of all notifications in the example file. */
export async function examplePaths(): Promise<Set<string>> {
  const paths = new Set<string>();
  for await (const { path } of examples(await lineCount())) paths.add(path);
  return paths;
}

async function lineCount(): Promise<number> {
  return (await readFile(file, "utf8")).trimEnd().split("\n").length;
}

function toRequest({ path, headers, body }: ParsedNotification): Request {
  return Request.of(path, headers, body, { timeout: Number.POSITIVE_INFINITY });
}

function refuse(line: number, reason: string): never {
  throw new Error(`line ${line} of the example file: ${reason}`);
}
