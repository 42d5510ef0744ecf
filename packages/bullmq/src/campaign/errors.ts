import { printable } from "@apnskit/connection/internal";
import { ApnskitError } from "apnskit";

/** There is no campaign of this name in the store. */
export class UnknownCampaign extends ApnskitError {
  static {
    this.recogniseAs("UnknownCampaign");
  }

  /** Always `UnknownCampaign`. */
  override readonly name = "UnknownCampaign";
  readonly code = "ERR_APNS_UNKNOWN_CAMPAIGN";

  constructor(name: string) {
    super(`there is no campaign ${printable(name)} in this store`);
  }
}
