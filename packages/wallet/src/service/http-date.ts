/** A time as an HTTP date (RFC 9110 §5.6.7), which has whole seconds. */
export function httpDate(time: number): string {
  return new Date(time).toUTCString();
}

/**
 * Whether a client's version, by its `If-Modified-Since`, is current (RFC 9110 §13.1.3).
 *
 * @param modified milliseconds since 1970-01-01 UTC
 */
export function isUnchanged(header: string | null, modified: number): boolean {
  if (header === null) return false;
  const since = Date.parse(header);
  return !Number.isNaN(since) && Math.floor(modified / 1_000) * 1_000 <= since;
}
