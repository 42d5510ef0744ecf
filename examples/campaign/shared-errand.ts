import { PostgresStore, RedisStore } from "@apnskit/bullmq";

/** The task of a worker on a shared store. Plain JSON. */
export interface SharedErrand {
  readonly origin: string;
  /** PEM. */
  readonly ca: string;
  readonly key: { readonly key: string; readonly keyId: string; readonly teamId: string };
  readonly store: StoreAddress;
  readonly queue: string;
}

/** The kind and address of the store. */
export interface StoreAddress {
  readonly kind: "redis" | "postgres";
  readonly url: string;
}

/** Milliseconds until another worker takes the ranges of a killed worker. */
export const LOCK = 2_000;

export function openStore({ kind, url }: StoreAddress): RedisStore | PostgresStore {
  if (kind === "postgres") return new PostgresStore({ connection: url });
  const { hostname, port, username, password } = new URL(url);
  const login = { ...(username && { username }), ...(password && { password }) };
  return new RedisStore({ connection: { host: hostname, port: Number(port || 6379), ...login } });
}
