/**
 * What the other packages of this project need of this one and users do not. It may change in any version.
 *
 * @module
 */
export { Completions, type Work } from "./completions.ts";
