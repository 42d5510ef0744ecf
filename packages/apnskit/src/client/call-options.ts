import { duration, requireObject, requireSignal } from "@apnskit/connection/internal";
import { type CloseOptions, InvalidOption, type RequestOptions } from "@apnskit/pool";
import { HEADER_OPTIONS } from "../notifications/header-options.ts";
import type { RequestLimits } from "./request-template.ts";

/** Limits of one call. */
export interface SendOptions extends Pick<RequestOptions, "deadline" | "idempotent"> {
  /** Milliseconds until it is given up, queueing and retries included; from 0. Default: the client's. */
  readonly timeout?: number | undefined;
  /** Gives it up. */
  readonly signal?: AbortSignal | undefined;
}

/** Limits of one `sendMany`; `timeout` counts for each notification by itself. */
export interface SendManyOptions extends SendOptions {
  /**
   * Notifications that may be under way, or have outcomes that nobody has read yet. Default 2,000 for each connection;
   * from 1.
   */
  readonly concurrency?: number | undefined;
}

const KNOWN: ReadonlySet<string> = new Set(["timeout", "deadline", "idempotent", "signal"]);

/**
 * @param timeout the client's
 * @throws InvalidOption for an option that is not known, and a signal that is none
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

/** Where an option belongs that is none of a call. */
function hint(name: string): string {
  return HEADER_OPTIONS.includes(name) ? `: the notification has it, such as alert({ ${name} })` : "";
}

/** Before anything is closed: a call that throws must close nothing. @throws InvalidOption */
export function checkCloseOptions(options: CloseOptions = {}): void {
  requireObject("options", options);
  duration("drain", options.drain, 0);
}
