/**
 * Exports for the other packages of this project, not for users. They may change in any version.
 *
 * @module
 */

export { readNetwork } from "./client/client-options.ts";
export { type ApnsExtensions, readApnsExtensions } from "./credentials/apns-extensions.ts";
export { requireAuth } from "./credentials/auth.ts";
export { type MaterialOptions, readMaterial } from "./credentials/certificate.ts";
export { type CertificateMaterial, readCertificates } from "./credentials/certificate-material.ts";
export { checkOptions, readClock } from "./credentials/options.ts";
export { abbreviatedToken } from "./token-text.ts";
