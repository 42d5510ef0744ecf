import type { LedgerEntry } from "../../src/ledger/ledger-entry.ts";
import type { ConnectionRecord } from "../../src/wire/connection-history.ts";

/** The answer to `GET /ledger/{id}`. */
export interface RequestDetail {
  readonly entry: LedgerEntry;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly providerToken?: { readonly keyId?: string; readonly teamId?: string; readonly issuedAt?: number };
  readonly connection?: ConnectionRecord;
}
