import { ConnectFailed, InvalidOption, InvalidRequest, PushError, type Response } from "../../src/index.ts";

/** How a request ended, in one word or two: `200`, `Closed unsent`, `StreamReset unknown`. */
export type Outcome = number | string;

/** Waits for a request. Anything but an answer or one of this package's errors fails the test. */
export async function outcomeOf(posted: Promise<Response>): Promise<Outcome> {
  try {
    return (await posted).status;
  } catch (error) {
    if (error instanceof PushError) return `${error.name} ${error.delivery}`;
    throw error;
  }
}

export function outcomesOf(posted: readonly Promise<Response>[]): Promise<Outcome[]> {
  return Promise.all(posted.map(outcomeOf));
}

/** The error that a promise is rejected with; it must be one of the package's own. */
export async function failureOf<Kind extends Error = PushError>(promise: Promise<unknown>): Promise<Kind> {
  const value = await promise.then(
    (result) => result,
    (error: unknown) => error,
  );
  const ours = [PushError, ConnectFailed, InvalidOption, InvalidRequest].some(
    (kind) => value instanceof kind,
  );
  if (!ours)
    throw new Error(`expected one of the package's errors; received ${String(value)}`, { cause: value });
  return value as Kind;
}
