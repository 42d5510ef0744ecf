import type { MockApns } from "@apnskit/mock-server";
import type { ApnsClient } from "apnskit";

/** What the examples may use without saying where it comes from; docs/README.md explains it to readers. */
export interface Given {
  /** PEM: the content of a `.p8` file, or beside `cert` the private key of the certificate. */
  readonly key: string;
  readonly keyId: string;
  readonly teamId: string;
  /** PEM: a client certificate for the app. */
  readonly cert: string;
  /** PEM: an MDM push certificate with its key. */
  readonly mdmPem: string;
  /** PEM: a certificate of a pass type with its key. */
  readonly passPem: string;
  /** PEM: the same for an order type, and for a website. */
  readonly orderPem: string;
  readonly websitePem: string;
  /** PEM: the intermediate certificate that issued these three. */
  readonly wwdr: string;
  /** A device token. */
  readonly token: string;
  /** Device tokens, among them one that APNs calls dead. */
  readonly tokens: readonly string[];
  /** Path of a journal that is not there yet. */
  readonly journal: string;
  /** A broadcast channel of the app. */
  readonly channelId: string;
  /** A client of the app, open. */
  readonly apns: ApnsClient;
  /** A mock server that has taken three pushes. */
  readonly server: MockApns;
}

export const GIVEN = [
  "key",
  "keyId",
  "teamId",
  "cert",
  "mdmPem",
  "passPem",
  "orderPem",
  "websitePem",
  "wwdr",
  "token",
  "tokens",
  "journal",
  "channelId",
  "apns",
  "server",
] as const satisfies readonly (keyof Given)[];

/** The same as declarations for the compiler. */
export const GIVEN_DECLARATIONS = [
  "export {};",
  "declare global {",
  ...GIVEN.map((name) => `  const ${name}: import("./test/kit/given.ts").Given["${name}"];`),
  "}",
].join("\n");
