import type { Duplex } from "node:stream";
import { callerFailed } from "./connect-failure.ts";
import { ConnectFailed, InvalidOption } from "./errors.ts";
import { received } from "./options.ts";
import { orAborted } from "./or-aborted.ts";
import type { Origin } from "./origin.ts";
import { toError } from "./thrown.ts";

/**
 * Opens a raw connection to a host, for proxies and tunnels. TLS runs over the stream that it returns. A
 * {@link ConnectFailed} that it throws is passed on. Any other error becomes the `cause` of a
 * `ConnectFailed`.
 */
export type Connect = (target: {
  readonly host: string;
  readonly port: number;
  readonly signal: AbortSignal;
}) => Duplex | Promise<Duplex>;

/**
 * Calls the `connect` hook.
 *
 * @throws {@link ConnectFailed}, also for a hook that returns no usable stream: its cause is then an
 *   {@link InvalidOption}
 */
export async function openRaw(open: Connect, origin: Origin, signal: AbortSignal): Promise<Duplex> {
  const { host, port, authority } = origin;
  // In a separate function, so that an error that `open` throws synchronously is a rejection too.
  const opening = (async () => open({ host, port, signal }))();
  let raw: Duplex;
  try {
    raw = await orAborted(opening, signal);
  } catch (error) {
    signal.throwIfAborted();
    // The hook may know better than an error code what went wrong.
    const readable = toError(error);
    throw readable instanceof ConnectFailed ? readable : callerFailed(authority, "connect", error);
  } finally {
    // A hook that ignores the signal may still return a stream, which is useless by then.
    if (signal.aborted) opening.then(discard, () => {});
  }
  const problem = unusable(raw);
  if (problem === undefined) return raw;
  discard(raw);
  const cause = new InvalidOption("connect", `connect must return a duplex stream${problem}`);
  throw new ConnectFailed("connect-hook", `cannot connect to ${authority}: ${cause.message}`, { cause });
}

/** Why a value cannot carry TLS. Checks the shape only: a stream of another realm is accepted. */
function unusable(value: unknown): string | undefined {
  const stream = (typeof value === "object" ? value : undefined) as Partial<Duplex> | null | undefined;
  const methods = ["write", "end", "destroy", "on", "once", "pipe"] as const;
  if (stream == null || methods.some((name) => typeof stream[name] !== "function")) {
    const inner = (stream as { socket?: Partial<Duplex> } | null | undefined)?.socket;
    const hint = typeof inner?.write === "function" ? " with a `socket`: return that one" : "";
    return `${received(value)}${hint}`;
  }
  if (stream.destroyed) return "; received a stream that is destroyed already";
  if (stream.readable === false || stream.writable === false)
    return "; received a stream that has ended on one side";
  return undefined;
}

function discard(raw: Partial<Duplex> | undefined): void {
  try {
    raw?.on?.("error", () => {});
    raw?.destroy?.();
  } catch {
    // It is not a stream.
  }
}
