import { ApnskitError } from "apnskit";

/** The gateway cannot listen at an address. */
export class GatewayListenFailed extends ApnskitError {
  static {
    this.recogniseAs("GatewayListenFailed");
  }

  override readonly name = "GatewayListenFailed";
  readonly code = "ERR_APNS_GATEWAY_LISTEN";
}

/** A file of the gateway's state cannot be used. */
export class GatewayStateFailed extends ApnskitError {
  static {
    this.recogniseAs("GatewayStateFailed");
  }

  override readonly name = "GatewayStateFailed";
  readonly code = "ERR_APNS_GATEWAY_STATE";
}
