import type { PostgresStore, RedisStore } from "@apnskit/bullmq";
import type { Invocation } from "../definition.ts";
import { ExitCode } from "../exit-codes.ts";
import { CommandFailure, oneLine, usage } from "../failure.ts";
import type { StoreFlags } from "../options/store-options.ts";
import { hasPassword } from "../settings/flags.ts";

export type BullMqPackage = typeof import("@apnskit/bullmq");

/** The queue of this command: programs with queues of their own do not meet its campaigns. */
export const QUEUE = "apnskit";

/** Milliseconds that a command waits for a store that does not answer. A worker waits without a bound. */
const PATIENCE = 5_000;

/** Where the store is that several machines share. */
export interface StoreAddress {
  readonly kind: "redis" | "postgres";
  /** Without a password, for messages. */
  readonly shown: string;
  readonly url: URL;
}

/** A store that has answered. */
export interface OpenStore extends AsyncDisposable {
  readonly bullmq: BullMqPackage;
  readonly store: RedisStore | PostgresStore;
}

const PROTOCOLS = { redis: /^rediss?:$/, postgres: /^postgres(?:ql)?:$/ } as const;

/** The store that the flags name. @throws CommandFailure @returns `undefined` when they name none */
export function storeAddress(flags: StoreFlags, env: NodeJS.ProcessEnv): StoreAddress | undefined {
  const { redis, postgres } = flags;
  if (redis !== undefined && postgres !== undefined) throw usage("give --redis or --postgres, not both");
  const text = redis ?? postgres;
  if (text === undefined) return undefined;
  const kind = redis === undefined ? "postgres" : "redis";
  // Command lines are shown to every user of the machine.
  if (hasPassword(text)) {
    throw usage(`--${kind} must not hold a password; put the password into APNSKIT_STORE_PASSWORD`);
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === "" || !PROTOCOLS[kind].test(url.protocol)) {
    const example = kind === "redis" ? "redis://localhost:6379" : "postgres://user@localhost/jobs";
    throw usage(`--${kind} must be a URL such as ${example}`);
  }
  const shown = url.href;
  const password = env.APNSKIT_STORE_PASSWORD;
  if (password) url.password = encodeURIComponent(password);
  return { kind, shown, url };
}

/** The store of a command that works on one only. @throws CommandFailure */
export function requireStoreAddress(flags: StoreFlags, env: NodeJS.ProcessEnv): StoreAddress {
  const address = storeAddress(flags, env);
  if (address === undefined) throw usage("workers share a store: give --redis <url> or --postgres <url>");
  return address;
}

/** Options of a run on this machine have no meaning for a store. @throws CommandFailure */
export function rejectLocalFlags(flags: object, names: readonly string[]): void {
  for (const name of names) {
    if ((flags as Record<string, unknown>)[name] === undefined) continue;
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw usage(`--${flag} does not go with --redis or --postgres`);
  }
}

/** Waiting for a store. */
export interface Patience {
  /** Ends the wait. Without it, the wait ends by itself. */
  readonly signal: AbortSignal;
  readonly output: Invocation<object>["output"];
}

/**
 * Opens the store, and makes its tables where there are none.
 *
 * @throws CommandFailure when the package is not installed, or the store does not answer
 */
export async function openStore(address: StoreAddress, patience?: Patience): Promise<OpenStore> {
  const bullmq = await loadPackage(address);
  let trouble = "there is no answer";
  let isTold = false;
  const onTrouble = ({ error }: { readonly error?: unknown }): void => {
    trouble = oneLine(String(error ?? trouble));
    if (isTold) return;
    isTold = true;
    patience?.output.note(`${address.shown} cannot be reached (${trouble}); the worker waits for it`);
  };
  const store = storeOf(bullmq, address, (fields) => onTrouble(fields));
  const reached = store.kind === "redis" ? store.ready() : store.migrate();
  const bound = endOf(patience?.signal);
  try {
    if ((await Promise.race([reached.then(() => "reached"), bound.promise])) === "reached") {
      return { bullmq, store, [Symbol.asyncDispose]: () => store.close() };
    }
  } catch (error) {
    trouble = oneLine((error as Error).message);
    if (NO_CLIENT.test(trouble)) throw notInstalled(address.kind, error);
  } finally {
    bound.clear();
  }
  reached.catch(() => {});
  void store.close().catch(() => {});
  if (patience?.signal.aborted) throw new CommandFailure(ExitCode.interrupted, "interrupted");
  throw new CommandFailure(ExitCode.unreachable, `${address.shown} cannot be reached: ${trouble}`);
}

async function loadPackage({ kind }: StoreAddress): Promise<BullMqPackage> {
  try {
    return await import("@apnskit/bullmq");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw notInstalled(kind, error);
  }
}

function notInstalled(kind: StoreAddress["kind"], cause: unknown): CommandFailure {
  const packages = `@apnskit/bullmq bullmq ${kind === "redis" ? "ioredis" : "pg"}`;
  return usage(`--${kind} needs packages that are not installed: npm install ${packages}`, { cause });
}

/** What BullMQ says when the client of the database is not there. */
const NO_CLIENT = /could not load the optional/;

function storeOf(
  { RedisStore, PostgresStore }: BullMqPackage,
  { kind, url }: StoreAddress,
  warn: (fields: object) => void,
): RedisStore | PostgresStore {
  if (kind === "postgres") return new PostgresStore({ connection: url.href, logger: { warn } });
  const { hostname, port, username, password, pathname, protocol } = url;
  const db = Number(pathname.slice(1));
  if (!Number.isSafeInteger(db)) throw usage("--redis: the path of the URL must be the number of a database");
  const connection = {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || 6379),
    ...(username !== "" && { username: decodeURIComponent(username) }),
    ...(password !== "" && { password: decodeURIComponent(password) }),
    ...(db > 0 && { db }),
    ...(protocol === "rediss:" && { tls: {} }),
  };
  return new RedisStore({ connection, logger: { warn } });
}

/** Resolves when the signal is aborted; without a signal, after a while. */
function endOf(signal: AbortSignal | undefined): { readonly promise: Promise<"end">; clear(): void } {
  let end: () => void = () => {};
  const promise = new Promise<"end">((resolve) => {
    end = () => resolve("end");
  });
  const timer = signal === undefined ? setTimeout(end, PATIENCE) : undefined;
  if (signal?.aborted) end();
  signal?.addEventListener("abort", end, { once: true });
  return {
    promise,
    clear: () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
    },
  };
}
