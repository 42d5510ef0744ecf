/**
 * What the other packages of this project need of this one and users do not. It may change in any version.
 *
 * @module
 */
export { type ApnsExtensions, readApnsExtensions } from "./credentials/apns-extensions.ts";
export { abbreviatedToken } from "./token-text.ts";
