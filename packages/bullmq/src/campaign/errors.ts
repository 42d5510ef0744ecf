import { printable } from "@apnskit/connection/internal";
import { ApnskitError } from "apnskit";

/** A worker found other recipients than those that the range began with. Nothing was sent for them. */
export class RecipientsChanged extends ApnskitError {
  static {
    this.recogniseAs("RecipientsChanged");
  }

  /** Always `RecipientsChanged`. */
  override readonly name = "RecipientsChanged";
  readonly code = "ERR_APNS_RECIPIENTS_CHANGED";
}

/** A worker would send another notification than the one that the range began with. Nothing was sent. */
export class NotificationChanged extends ApnskitError {
  static {
    this.recogniseAs("NotificationChanged");
  }

  /** Always `NotificationChanged`. */
  override readonly name = "NotificationChanged";
  readonly code = "ERR_APNS_NOTIFICATION_CHANGED";

  constructor(where: string) {
    super(`${where} began with another notification; give a new campaign another name`);
  }
}

/** There is a campaign of this name with another plan. */
export class CampaignDiffers extends ApnskitError {
  static {
    this.recogniseAs("CampaignDiffers");
  }

  /** Always `CampaignDiffers`. */
  override readonly name = "CampaignDiffers";
  readonly code = "ERR_APNS_CAMPAIGN_DIFFERS";

  constructor(name: string, field: string) {
    super(`the campaign ${name} exists with another ${field}; give a new campaign another name`);
  }
}

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
