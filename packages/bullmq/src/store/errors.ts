import { printable } from "@apnskit/connection/internal";
import { ApnskitError } from "apnskit";

/** A log's length differs from its owner's count: something else writes to the store, or the store lost records. */
export class LogCorrupt extends ApnskitError {
  static {
    this.recogniseAs("LogCorrupt");
  }

  override readonly name = "LogCorrupt";
  readonly code = "ERR_APNS_LOG_CORRUPT";

  constructor(log: string) {
    super(
      `the log ${printable(log)} has lost or gained records since its owner took it; check the persistence of the store`,
    );
  }
}

/** The tables of a `PostgresStore` do not exist. */
export class StoreNotPrepared extends ApnskitError {
  static {
    this.recogniseAs("StoreNotPrepared");
  }

  override readonly name = "StoreNotPrepared";
  readonly code = "ERR_APNS_STORE_NOT_PREPARED";

  constructor(schema: string, cause: unknown) {
    super(
      `the schema "${schema}" has no tables of @apnskit/bullmq; call migrate() of the PostgresStore once`,
      {
        cause,
      },
    );
  }
}
