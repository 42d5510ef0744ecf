import type { Outcome } from "apnskit";
import type { Paint } from "./colour.ts";

/** Enough of a device token to identify it, but too little to push to it. */
export function shortToken(token: string | undefined): string {
  if (token === undefined) return "-";
  return token.length > 10 ? `${token.slice(0, 8)}…` : token;
}

/** An outcome on one line, for people. */
export function outcomeLine(outcome: Outcome, paint: Paint): string {
  const who = `${shortToken(outcome.token)}  ${outcome.apnsId ?? "-"}`;
  switch (outcome.result) {
    case "accepted":
      return `${paint("good", "accepted")}  ${who}`;
    case "rejected": {
      const what = `${outcome.status} ${outcome.reason}: ${outcome.message}`;
      return `${paint("bad", "rejected")}  ${who}  ${what}`;
    }
    default:
      return `${paint("warning", outcome.result.padEnd(8))}  ${who}  ${outcome.error.message}`;
  }
}
