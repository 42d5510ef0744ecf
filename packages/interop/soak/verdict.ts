import { Outcome, outcomeNames } from "./record.ts";

/** One request, as both sides saw it. */
export interface Account {
  readonly outcome: Outcome;
  readonly timesSettled: number;
  readonly idempotent: boolean;
  /** How often the server acted on it. */
  readonly acted: number;
  /** How often the request arrived at the server. */
  readonly arrived: number;
  /** The outcome's number of attempts; `undefined` if it has none. */
  readonly attempts: number | undefined;
}

/** The contradiction in an account, or `undefined`. */
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
    return `${outcomeNames[outcome]} after ${attempts} attempts, but the request arrived at the server ${arrived} times`;
  }
  switch (outcome) {
    case Outcome.ACCEPTED:
      if (acted === 0) return "accepted, but the server did not act on it";
      break;
    case Outcome.REJECTED:
      // The server may have acted on an earlier attempt that ended unknown. Only idempotent requests get a
      // later attempt.
      if (acted > 0 && !idempotent) return "rejected, but the server acted on it";
      if (arrived === 0) return "rejected, but the request never arrived at the server";
      break;
    case Outcome.UNSENT:
      if (acted > 0) return "unsent, but the server acted on it";
      break;
  }
  if (acted > 1 && !idempotent) return `${outcomeNames[outcome]}, but the server acted on it ${acted} times`;
  return undefined;
}
