/**
 * Exports for the other packages of this project, not for users. They may change in any version.
 *
 * @module
 */

export { type BackoffOptions, backoffDelay } from "./backoff.ts";
export { Completions, type Work } from "./completions.ts";
export { concurrencyOf, underWayLimitOf } from "./feeding.ts";
export { readOptions as readPoolOptions, readRandom } from "./options.ts";
export type { Failure } from "./recipient.ts";
