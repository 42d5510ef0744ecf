/**
 * The device's protocol for passes, or for orders ("Adding a Web Service to Update Passes", "Wallet Orders").
 */
export interface WalletProtocol {
  readonly kind: "pass" | "order";
  /** The main file, and the keys in it that name type and item. */
  readonly file: string;
  readonly typeKey: string;
  readonly idKey: string;
  /** The digest of the manifest. */
  readonly digest: string;
  /** The scheme of the `Authorization` header. */
  readonly scheme: string;
  /** The collection in the path of an item. */
  readonly collection: string;
  /** The query parameter with the tag, and the names in the answer. */
  readonly since: string;
  readonly idsKey: string;
  readonly tagKey: string;
}

const PASS: WalletProtocol = {
  kind: "pass",
  file: "pass.json",
  typeKey: "passTypeIdentifier",
  idKey: "serialNumber",
  digest: "sha1",
  scheme: "ApplePass",
  collection: "passes",
  since: "passesUpdatedSince",
  idsKey: "serialNumbers",
  tagKey: "lastUpdated",
};

const ORDER: WalletProtocol = {
  kind: "order",
  file: "order.json",
  typeKey: "orderTypeIdentifier",
  idKey: "orderIdentifier",
  digest: "sha256",
  scheme: "AppleOrder",
  collection: "orders",
  since: "ordersModifiedSince",
  idsKey: "orderIdentifiers",
  tagKey: "lastModified",
};

/** The protocol of a package, by its main file. */
export function protocolOf(files: ReadonlyMap<string, unknown>): WalletProtocol | undefined {
  return [PASS, ORDER].find(({ file }) => files.has(file));
}
