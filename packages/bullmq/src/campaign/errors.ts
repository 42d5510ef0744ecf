import { printable } from "@apnskit/connection/internal";
import { ApnskitError } from "apnskit";

/** The store has no campaign of this name. */
export class UnknownCampaign extends ApnskitError {
  static {
    this.recogniseAs("UnknownCampaign");
  }

  override readonly name = "UnknownCampaign";
  readonly code = "ERR_APNS_UNKNOWN_CAMPAIGN";

  constructor(name: string) {
    super(`the store has no campaign ${printable(name)}`);
  }
}
