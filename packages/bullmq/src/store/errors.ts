import { ApnskitError } from "apnskit";

/** The tables of a `PostgresStore` are not there. */
export class StoreNotPrepared extends ApnskitError {
  static {
    this.recogniseAs("StoreNotPrepared");
  }

  /** Always `StoreNotPrepared`. */
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
