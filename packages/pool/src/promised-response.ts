import { Response } from "@apnskit/connection";
import type { Failure } from "./recipient.ts";

/**
 * The function of a promise that one `post` returned. A million requests may wait in a queue: the promise's other
 * function, or an object around this one, would each take a tenth of their memory.
 */
export type Resolve = (response: Response | PromiseLike<never>) => void;

/** Settles the promise of one `post`. */
export function settlePromise(resolve: Resolve, result: Response | Failure): void {
  resolve(result instanceof Response ? result : Promise.reject(result));
}
