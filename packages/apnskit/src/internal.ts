/**
 * What the other packages of this project need of this one and users do not. It may change in any version.
 *
 * @module
 */
export { readNetwork } from "./client/client-options.ts";
export { type ApnsExtensions, readApnsExtensions } from "./credentials/apns-extensions.ts";
export { requireAuth } from "./credentials/auth.ts";
export { abbreviatedToken } from "./token-text.ts";
