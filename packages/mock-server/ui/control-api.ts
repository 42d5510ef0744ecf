import type { ConnectionAction, Fault, InjectedFault } from "../src/faults/fault.ts";
import type { Latency } from "../src/faults/latency.ts";
import type { LedgerTotals } from "../src/ledger/ledger.ts";
import type { LedgerEntry } from "../src/ledger/ledger-entry.ts";
import type { Device, DeviceChange } from "../src/services/device-registry.ts";
import type { WalletItem } from "../src/wallet/wallet-item.ts";
import type { ConnectionRecord } from "../src/wire/connection-history.ts";
import type { ConnectionSample } from "./state/connection-samples.ts";
import type { ServerFacts } from "./state/copy-as.ts";
import type { RequestDetail } from "./state/request-detail.ts";

/** The event `hello`. */
export interface Hello {
  /** Differs for each start of a server. */
  readonly run: string;
  readonly lastId: number;
  readonly clearedUpTo: number;
}

/** The event `entries`. */
export interface EntriesEvent {
  /** Entries that the ledger dropped before it could send them. */
  readonly forgotten: number;
  readonly entries: readonly LedgerEntry[];
}

/** The event `state`. */
export interface ServerState {
  readonly totals: LedgerTotals;
  readonly faults: readonly InjectedFault[];
  readonly latency: Latency;
  readonly listening: boolean;
  /** Counts up with each change of a device. */
  readonly devices: number;
  /** Counts up with each change in a device's Wallet. */
  readonly wallet: number;
  readonly connections: readonly ConnectionSample[];
}

/** The server refused a request or did not answer. */
export class Refused extends Error {
  override readonly name = "Refused";
  /** The field with the mistake. */
  readonly field: string | undefined;

  constructor(message: string, field: string | undefined) {
    super(message);
    this.field = field;
  }
}

async function ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const init: RequestInit = { method, headers: { accept: "application/json" } };
  if (body !== undefined) init.body = JSON.stringify(body);
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new Refused("The server does not answer.", undefined);
  }
  const text = await response.text();
  const answer: unknown = text === "" ? undefined : JSON.parse(text);
  if (response.ok) return answer as Answer;
  const { error, field } = answer as { error?: string; field?: string };
  throw new Refused(error ?? `The server answered ${response.status}.`, field);
}

/** The calls of the control endpoint that the page makes. All throw `Refused`. */
export const controlApi = {
  facts: () => ask<ServerFacts>("GET", "/"),
  openApi: () => ask<unknown>("GET", "/openapi.json"),
  detail: (id: number) => ask<RequestDetail>("GET", `/ledger/${id}`),
  clearLedger: () => ask<void>("DELETE", "/ledger"),
  inject: (fault: Fault) => ask<{ id: number }>("POST", "/faults", fault),
  removeFault: (id: number) => ask<void>("DELETE", `/faults/${id}`),
  clearFaults: () => ask<void>("DELETE", "/faults"),
  strike: (action: ConnectionAction & { connection?: number }) =>
    ask<{ hit: number }>("POST", "/strike", action),
  setLatency: (latency: Latency) => ask<void>("PUT", "/latency", latency),
  setListening: (listening: boolean) => ask<void>("PUT", "/listening", listening),
  devices: async () => (await ask<{ devices: Device[] }>("GET", "/devices")).devices,
  changeDevice: (token: string, change: DeviceChange) =>
    ask<void>("PUT", `/devices/${encodeURIComponent(token)}`, change),
  forgetDevice: (token: string) => ask<void>("DELETE", `/devices/${encodeURIComponent(token)}`),
  walletItems: async (token: string) =>
    (await ask<{ items: WalletItem[] }>("GET", `/wallet/${encodeURIComponent(token)}`)).items,
  connections: async () =>
    (await ask<{ connections: ConnectionRecord[] }>("GET", "/connections")).connections,
};
