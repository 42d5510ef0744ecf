import type { Command } from "../codec/frames.ts";

/** The identity of a client, as far as its connections show it. */
export interface ClientIdentity {
  readonly app: string;
  /** Its address. */
  readonly address: string;
  /** Of its certificate, lower-case hexadecimal. */
  readonly fingerprint?: string;
  readonly commonName?: string;
}

/** One row of the migration report: a client that still speaks the binary protocol. */
export interface ClientRecord extends ClientIdentity {
  /** Milliseconds since 1970. */
  firstSeen: number;
  lastSeen: number;
  connections: number;
  /** Connections to the feedback service. */
  feedbackConnections: number;
  /** Such as `TLSv1.2`: of the last connection. */
  tls: string;
  /** Notifications, by command. */
  readonly commands: Record<Command, number>;
}

/** Most clients to remember; the one with the oldest last connection is dropped first. */
const MOST_CLIENTS = 10_000;

/** Lists the clients that still use each command, so an operator can finish the migration. */
export class ClientCensus {
  readonly #records = new Map<string, ClientRecord>();
  #hasChanged = false;

  /** Notes that a client has connected. The caller counts up the returned record. */
  connected(
    identity: ClientIdentity,
    service: "push" | "feedback",
    tls: string,
    epoch: number,
  ): ClientRecord {
    const key = `${identity.app} ${identity.address} ${identity.fingerprint ?? ""}`;
    const record = this.#records.get(key) ?? newRecord(identity, epoch);
    // At the end, so the first is the client with the oldest last connection.
    this.#records.delete(key);
    if (this.#records.size >= MOST_CLIENTS) this.#records.delete(this.#records.keys().next().value!);
    this.#records.set(key, record);
    record.lastSeen = epoch;
    record.tls = tls;
    if (service === "push") record.connections++;
    else record.feedbackConnections++;
    this.#hasChanged = true;
    return record;
  }

  /** Notes a notification of the record's client. */
  noteNotification(record: ClientRecord, command: Command, epoch: number): void {
    record.commands[command]++;
    record.lastSeen = epoch;
    this.#hasChanged = true;
  }

  /** Copies of all records, busiest first. */
  report(): ClientRecord[] {
    const sum = ({ commands }: ClientRecord): number => commands[0] + commands[1] + commands[2];
    const all = Array.from(this.#records.values(), (one) => ({ ...one, commands: { ...one.commands } }));
    return all.sort((a, b) => sum(b) - sum(a));
  }

  /** Whether anything has changed since the last call. */
  takeChanged(): boolean {
    const changed = this.#hasChanged;
    this.#hasChanged = false;
    return changed;
  }

  /** Takes over the report of the previous process; leaves out entries that are not records. */
  restore(records: unknown): void {
    if (!Array.isArray(records)) return;
    for (const record of records.filter(isRecord).sort((a, b) => a.lastSeen - b.lastSeen)) {
      this.#records.set(`${record.app} ${record.address} ${record.fingerprint ?? ""}`, record);
    }
  }
}

function newRecord(identity: ClientIdentity, epoch: number): ClientRecord {
  return {
    ...identity,
    firstSeen: epoch,
    lastSeen: epoch,
    connections: 0,
    feedbackConnections: 0,
    tls: "",
    commands: { 0: 0, 1: 0, 2: 0 },
  };
}

function isRecord(value: unknown): value is ClientRecord {
  const { app, address, lastSeen, commands } = (value ?? {}) as Partial<ClientRecord>;
  return (
    typeof app === "string" &&
    typeof address === "string" &&
    typeof lastSeen === "number" &&
    typeof commands === "object" &&
    commands !== null
  );
}
