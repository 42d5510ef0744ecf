import { randomBytes } from "node:crypto";
import type { Availability } from "../peers/program.ts";

/** A running store, for one test file. */
export interface StoreUse extends AsyncDisposable {
  /** URL of the server, in the form that its clients take. */
  readonly url: string;
  /** A prefix or schema that no other test uses, because tests may share the server. */
  readonly namespace: string;
  /** The server's address, for a proxy in front of it. */
  readonly target: { readonly host: string; readonly port: number };
}

/** A data store by other authors. */
export interface Store {
  readonly name: string;
  /** Whether a store is available. If not, `reason` names the package to install. */
  available(): Availability;
  /** Starts the store, or uses the server from the environment. */
  start(): Promise<StoreUse>;
}

/** A unique name of letters and digits, valid as a schema and as a prefix. */
export function uniqueName(): string {
  return `apnskit_${randomBytes(6).toString("hex")}`;
}

/** The store's name for a test's title, with the reason if its tests are skipped. */
export function storeTitle(store: Store): string {
  const available = store.available();
  return available.installed ? store.name : `${store.name} (skipped: ${available.reason})`;
}
