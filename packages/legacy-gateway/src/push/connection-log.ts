import { abbreviatedToken } from "apnskit/internal";
import { Status, statusName } from "../codec/status.ts";
import type { ClientRecord } from "../report/client-census.ts";
import { Push } from "./push.ts";
import type { Ending, Received } from "./push-sequence.ts";
import type { PushService } from "./push-service.ts";

/** The log lines of one push connection. */
export class ConnectionLog {
  readonly #service: PushService;
  readonly #client: ClientRecord;
  readonly #connection: string;

  /** @param connection its name in logs */
  constructor(service: PushService, client: ClientRecord, connection: string) {
    this.#service = service;
    this.#client = client;
    this.#connection = connection;
  }

  connected(): void {
    this.#write("info", {}, "legacy client connected");
  }

  /** @param told whether the packet was written */
  ended({ packet, fault, behind }: Ending, told: boolean): void {
    if (packet === undefined) {
      this.#write("info", {}, "legacy client disconnected");
      return;
    }
    const { status, identifier } = packet;
    const fields = { ...detailsOf(fault), status, identifier, behind: behind.length, told };
    const level = status === Status.shutdown ? "info" : "warn";
    this.#write(level, fields, `legacy connection ends: ${statusName(status)}`);
  }

  #write(level: "info" | "warn", fields: object, message: string): void {
    const { logger, app } = this.#service;
    const { address, commonName } = this.#client;
    const all = { app: app.name, connection: this.#connection, address, client: commonName, ...fields };
    logger[level](all, message);
  }
}

function detailsOf(fault: Received | undefined): object {
  const verdict = fault?.verdict;
  const reason = verdict !== undefined && "reason" in verdict ? verdict.reason : undefined;
  const token = fault instanceof Push ? abbreviatedToken(fault.token) : undefined;
  return { reason, token };
}
