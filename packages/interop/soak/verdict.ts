import { Outcome, outcomeNames } from "./record.ts";

/** One request as both sides saw it. */
export interface Account {
  readonly outcome: Outcome;
  readonly timesSettled: number;
  readonly idempotent: boolean;
  /** How often the server acted on it. */
  readonly acted: number;
  /** How often it came to the server. */
  readonly arrived: number;
  /** Attempts that the outcome names; `undefined` where it names none. */
  readonly attempts: number | undefined;
}

/** What is wrong with an account, or `undefined`. */
export function difference({
  outcome,
  timesSettled,
  idempotent,
  acted,
  arrived,
  attempts,
}: Account): string | undefined {
  if (timesSettled !== 1) return `settled ${timesSettled} times`;
  if (attempts !== undefined && attempts < arrived) {
    return `${outcomeNames[outcome]} after ${attempts} attempts, and it came to the server ${arrived} times`;
  }
  switch (outcome) {
    case Outcome.ACCEPTED:
      if (acted === 0) return "accepted, but the server did not act on it";
      break;
    case Outcome.REJECTED:
      // An earlier attempt that ended unknown may have been acted on; only idempotent requests get a later one.
      if (acted > 0 && !idempotent) return "rejected, but the server acted on it";
      if (arrived === 0) return "rejected, but it never came to the server";
      break;
    case Outcome.UNSENT:
      if (acted > 0) return "unsent, but the server acted on it";
      break;
  }
  if (acted > 1 && !idempotent) return `${outcomeNames[outcome]}, and the server acted on it ${acted} times`;
  return undefined;
}
