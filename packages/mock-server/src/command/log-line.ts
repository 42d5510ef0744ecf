import type { LedgerEntry } from "../ledger/ledger.ts";

/** The first eight characters: enough to tell devices apart, useless to whoever reads the log. */
export function abbreviate(token: string): string {
  return token.length > 8 ? `${token.slice(0, 8)}…` : token;
}

/** One line about a request, for a person. No payload, no credentials, no whole device token. */
export function logLine(entry: LedgerEntry): string {
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
  return `${time} ${place} ${what} → ${outcome}${entry.reason ? ` ${entry.reason}` : ""} (${details.join(", ")})`;
}

/** The same for machines. */
export function logRecord(entry: LedgerEntry): object {
  const { payload: _payload, path: _path, token, ...rest } = entry;
  return { event: "request", ...rest, token: abbreviate(token) };
}
