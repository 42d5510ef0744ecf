import type { LedgerAttempt, SceneLedger } from "./scene.ts";

/** The outcome that the caller got, and its time. */
export interface Told {
  /** `accepted`, `rejected 503 Shutdown`, `unsent` or `unknown`. */
  readonly claim: string;
  /** How often the request was settled. */
  readonly times: number;
  /** The outcome's number of attempts, if it has one. */
  readonly attempts: number | undefined;
  /** Milliseconds from the call. */
  readonly took: number;
  /** The error or reason, for messages. */
  readonly text: string;
}

/** The limits that apply to a request. */
export interface Allowed {
  readonly idempotent: boolean;
  /** Milliseconds from the call until the request must be settled. */
  readonly limit: number;
  /** Milliseconds by which the event loop was late meanwhile. */
  readonly late: number;
}

/** Milliseconds for scheduling and transmission. */
const SLACK = 500;

/**
 * Whether the server may have taken the request: it had the whole request, and neither refused nor disowned
 * it.
 */
export function mayHaveTaken({ whole, status, disowned }: LedgerAttempt): boolean {
  if (!whole || disowned) return false;
  return status === null || isAcceptance(status);
}

export function isAcceptance(status: number | null): boolean {
  return status !== null && status >= 200 && status < 300;
}

/** Compares the caller's outcome of one request with the server's ledger. Returns each difference as text. */
export function differences(told: Told, ledger: SceneLedger, allowed: Allowed): string[] {
  const { attempts, connections } = ledger;
  const found: string[] = connections.flatMap(({ number, violations }) =>
    violations.map((text) => `connection ${number} broke HTTP/2: ${text}`),
  );
  if (told.times !== 1) found.push(`settled ${told.times} times`);
  const limit = allowed.limit + SLACK + allowed.late;
  if (told.took > limit) {
    found.push(`settled after ${Math.round(told.took)} ms; its limit was ${allowed.limit} ms`);
  }
  found.push(...untruths(told, attempts));
  const taken = attempts.filter(mayHaveTaken).length;
  if (!allowed.idempotent && taken > 1) {
    found.push(`not idempotent, and the server may have acted on ${taken} attempts`);
  }
  if (told.attempts !== undefined && told.attempts < attempts.length) {
    found.push(`the outcome counts ${told.attempts} attempts, the server saw ${attempts.length}`);
  }
  return found;
}

function untruths({ claim }: Told, attempts: readonly LedgerAttempt[]): string[] {
  if (claim === "accepted") {
    return attempts.some(({ status }) => isAcceptance(status))
      ? []
      : ["accepted, but the server accepted nothing"];
  }
  if (claim === "unsent") {
    const one = attempts.find(mayHaveTaken);
    return one === undefined ? [] : [`unsent, but the server may have acted on attempt ${one.number}`];
  }
  if (claim.startsWith("rejected ")) {
    const status = Number(claim.split(" ")[1]);
    return attempts.some((attempt) => attempt.status === status)
      ? []
      : [`${claim}, but the server gave no such answer`];
  }
  return claim === "unknown" ? [] : [`not an outcome: ${claim}`];
}
