import type { MockApns } from "@apnskit/mock-server";
import { ApnsClient, type ApnsClientOptions, type Auth, alert, providerToken } from "../../src/index.ts";
import { APP } from "./on-the-wire.ts";

export const TOKEN = "ab".repeat(32);
export const hello = alert({ title: "Hello" });

/** The n-th of any number of device tokens. */
export const tokenOf = (n: number): string => n.toString(16).padStart(64, "0");

/** What leads to a server with its key, for `ApnsClient.open`. */
export function optionsFor(server: MockApns, auth: Auth = providerToken(server.key)) {
  return {
    environment: server.environment,
    origin: server.origin,
    broadcastOrigin: server.broadcastOrigin,
    managementOrigin: server.managementOrigin,
    tls: { ca: server.ca },
    auth,
    topic: APP,
  } satisfies ApnsClientOptions;
}

export function openClient(server: MockApns, more: Partial<ApnsClientOptions> = {}): Promise<ApnsClient> {
  return ApnsClient.open({ ...optionsFor(server), ...more } as ApnsClientOptions);
}

/** The error that a promise ends with. */
export async function failure<Kind = Error & { code: string }>(promise: Promise<unknown>): Promise<Kind> {
  const value = await promise.then(
    () => undefined,
    (error: Kind) => error,
  );
  if (value === undefined) throw new Error("expected a failure");
  return value;
}

/** All that an iteration yields. */
export async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** Lets sockets and promises go on until something holds; says what did not if it never does. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
