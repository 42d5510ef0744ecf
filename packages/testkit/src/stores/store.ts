import { randomBytes } from "node:crypto";
import type { Availability } from "../peers/program.ts";

/** A store that runs, for one test file. */
export interface StoreUse extends AsyncDisposable {
  /** Where it is, as its clients take it. */
  readonly url: string;
  /** A prefix or schema that no other test uses: the server may be shared. */
  readonly namespace: string;
  /** Its address, for a proxy in front of it. */
  readonly target: { readonly host: string; readonly port: number };
}

/** A server that keeps data, which nobody here wrote. */
export interface Store {
  readonly name: string;
  /** Whether there is one to use; if not, `reason` names what to install. */
  available(): Availability;
  /** Starts it, or takes the server that the environment names. */
  start(): Promise<StoreUse>;
}

/** Letters and digits only: fit for a schema and for a prefix. */
export function uniqueName(): string {
  return `apnskit_${randomBytes(6).toString("hex")}`;
}

/** The store's name for a test's title, with the reason where its tests are skipped. */
export function storeTitle(store: Store): string {
  const available = store.available();
  return available.installed ? store.name : `${store.name} (skipped: ${available.reason})`;
}
