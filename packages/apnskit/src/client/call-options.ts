import { duration, requireObject, requireSignal } from "@apnskit/connection/internal";
import { type CloseOptions, InvalidOption, type RequestOptions } from "@apnskit/pool";
import { HEADER_OPTIONS } from "../notifications/header-options.ts";
import type { RequestLimits } from "./request-template.ts";

/** Limits of one call. */
export interface SendOptions extends Pick<RequestOptions, "deadline" | "idempotent"> {
  /** Milliseconds until the call times out, queueing and retries included; from 0. Default: the client's. */
  readonly timeout?: number | undefined;
  /** Cancels the call. */
  readonly signal?: AbortSignal | undefined;
}

/** Limits of one `sendMany`. `timeout` applies to each notification separately. */
export interface SendManyOptions extends SendOptions {
  /**
   * The most notifications that are under way or have unread outcomes. Default 2,000 for each connection;
   * from 1.
   */
  readonly concurrency?: number | undefined;
}

const KNOWN: ReadonlySet<string> = new Set(["timeout", "deadline", "idempotent", "signal"]);

/**
 * @param timeout the client's
 * @throws InvalidOption for an unknown option, and a value that is no signal
 */
export function splitOptions(
  options: SendOptions,
  timeout: number | undefined,
): { signal: AbortSignal | undefined; limits: RequestLimits } {
  requireObject("options", options);
  for (const name in options) {
    if (!KNOWN.has(name))
      throw new InvalidOption(name, `unknown option ${JSON.stringify(name)}${hint(name)}`);
  }
  const { signal, ...own } = options;
  if (signal !== undefined) requireSignal(signal);
  const given = own.timeout ?? timeout;
  return { signal, limits: { ...own, ...(given !== undefined && { timeout: given }) } };
}

/** Where a misplaced option belongs. */
function hint(name: string): string {
  return HEADER_OPTIONS.includes(name) ? `: the notification has it, such as alert({ ${name} })` : "";
}

/** Runs before anything is closed: a call that throws must close nothing. @throws InvalidOption */
export function checkCloseOptions(options: CloseOptions = {}): void {
  requireObject("options", options);
  duration("drain", options.drain, 0);
}
