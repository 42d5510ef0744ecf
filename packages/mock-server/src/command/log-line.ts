import type { LedgerEntry } from "../ledger/ledger-entry.ts";
import { printable } from "../printable.ts";

const LONGEST_PAYLOAD = 8192;

/** The first eight characters: enough to distinguish devices, useless to a reader of the log. */
export function abbreviate(token: string): string {
  return token.length > 8 ? `${token.slice(0, 8)}…` : token;
}

/**
 * One line about a request, for people. Contains no credentials and no whole device token, and the payload
 * only on request.
 *
 * Makes the client's text printable, since it could otherwise control the terminal.
 */
export function logLine(entry: LedgerEntry, options: { payloads: boolean }): string {
  const time = new Date(entry.arrivedAt).toISOString().slice(11, 23);
  const outcome = entry.status === undefined ? "no answer" : String(entry.status);
  const what =
    entry.kind === "push" ? `push ${abbreviate(entry.token) || "-"}` : `${entry.kind} ${entry.method}`;
  const details = [
    entry.topic,
    entry.pushType,
    `${entry.bytes} B`,
    entry.settledAt === undefined ? undefined : `${entry.settledAt - entry.arrivedAt} ms`,
    entry.collapseId === undefined ? undefined : `collapse ${entry.collapseId}`,
    entry.fault === undefined ? undefined : `fault ${entry.fault}`,
  ].filter((detail) => detail !== undefined);
  const place = `c${entry.connection}/s${entry.stream}`;
  const line = `${time} ${place} ${what} → ${outcome}${entry.reason ? ` ${entry.reason}` : ""} (${details.map((detail) => printable(detail)).join(", ")})`;
  const payload =
    options.payloads && entry.payload !== undefined ? ` ${printable(entry.payload, LONGEST_PAYLOAD)}` : "";
  return printable(line, Infinity) + payload;
}

/** The same for machines. JSON escapes C0; C1 is escaped as well, since the output may go to a terminal. */
export function logRecord(entry: LedgerEntry, options: { payloads: boolean }): string {
  const { payload, path: _path, token, ...rest } = entry;
  const record = {
    event: "request",
    ...rest,
    token: abbreviate(token),
    ...(options.payloads && { payload }),
  };
  return JSON.stringify(record).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
