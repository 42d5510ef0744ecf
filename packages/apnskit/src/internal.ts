/**
 * What the other packages of this project need of this one and users do not. It may change in any version.
 *
 * @module
 */

export { type MaterialOptions, readMaterial } from "./credentials/certificate.ts";
export { type CertificateMaterial, readCertificates } from "./credentials/certificate-material.ts";
export { checkOptions, readClock } from "./credentials/options.ts";
