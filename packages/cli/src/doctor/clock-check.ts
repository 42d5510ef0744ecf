import type { Finding } from "./finding.ts";

/** A `date` header has whole seconds, and an answer takes time. */
const HARMLESS = 60_000;
/**
 * From this difference on, a new provider token may count as expired or as issued in the future: it is valid
 * for one hour.
 */
const FATAL = 50 * 60_000;

const REMEDY =
  "Set this machine's clock, best by NTP: a provider token is valid for one hour from the time in it.";

/**
 * Compares this machine's clock with the server's.
 *
 * @param date the `date` header of an answer
 * @param now milliseconds since 1970, when the answer came
 */
export function clockFinding(date: string | undefined, now: number): Finding {
  const check = "clock";
  const server = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(server)) {
    return { check, status: "skipped", detail: "the answer has no date to compare with" };
  }
  // The header may be up to a second behind the server's clock.
  const skew = now - server;
  const detail = `${Math.round(Math.abs(skew) / 1000)} s ${skew < 0 ? "behind" : "ahead of"} the server's`;
  if (Math.abs(skew) <= HARMLESS) return { check, status: "ok", detail: "as the server's, within a minute" };
  if (Math.abs(skew) < FATAL) return { check, status: "warning", detail, remedy: REMEDY };
  return { check, status: "failed", detail, remedy: REMEDY, exitCode: 4 };
}
