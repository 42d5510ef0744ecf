import { ApnskitError } from "apnskit";

/** A process that lives has the journal. Nothing was changed. */
export class JournalInUse extends ApnskitError {
  static {
    this.recogniseAs("JournalInUse");
  }

  /** Always `JournalInUse`. */
  override readonly name = "JournalInUse";
  readonly code = "ERR_APNS_JOURNAL_IN_USE";
  /** The process that has it. */
  readonly pid: number;

  constructor(path: string, pid: number, message: string) {
    super(`the journal ${path} is in use by process ${pid}${message}`);
    this.pid = pid;
  }
}

/**
 * The journal cannot be read or written, such as on a full disk. The campaign has stopped; it goes on when the cause,
 * which is in `cause`, is gone.
 */
export class JournalFailed extends ApnskitError {
  static {
    this.recogniseAs("JournalFailed");
  }

  /** Always `JournalFailed`. */
  override readonly name = "JournalFailed";
  readonly code = "ERR_APNS_JOURNAL_FAILED";
}

/** The file is no journal, or was changed by something else than this library. Nothing was changed. */
export class JournalDamaged extends ApnskitError {
  static {
    this.recogniseAs("JournalDamaged");
  }

  /** Always `JournalDamaged`. */
  override readonly name = "JournalDamaged";
  readonly code = "ERR_APNS_JOURNAL_DAMAGED";
}

/** Another process has taken the campaign over. This one has stopped, and what it had under way is in doubt. */
export class ClaimLost extends ApnskitError {
  static {
    this.recogniseAs("ClaimLost");
  }

  /** Always `ClaimLost`. */
  override readonly name = "ClaimLost";
  readonly code = "ERR_APNS_CLAIM_LOST";
}

/** The journal belongs to another campaign, or the campaign began with other options. Nothing was sent. */
export class CampaignDiffers extends ApnskitError {
  static {
    this.recogniseAs("CampaignDiffers");
  }

  /** Always `CampaignDiffers`. */
  override readonly name = "CampaignDiffers";
  readonly code = "ERR_APNS_CAMPAIGN_DIFFERS";
  /** The option that differs: `name`, `notification`, `inDoubt`, `collapse`, `blockSize` or `recipients`. */
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

/** The recipients are not the same as at first. Of the block of recipients that differs, and behind it, nothing was sent. */
export class RecipientsChanged extends ApnskitError {
  static {
    this.recogniseAs("RecipientsChanged");
  }

  /** Always `RecipientsChanged`. */
  override readonly name = "RecipientsChanged";
  readonly code = "ERR_APNS_RECIPIENTS_CHANGED";
  /** Place of the first recipient of the block that differs, from 0. */
  readonly index: number;

  constructor(index: number, message: string) {
    super(message);
    this.index = index;
  }
}

/** A campaign is worked on once for each time that it is opened: by `run()`, or by a loop over it. */
export class CampaignStarted extends ApnskitError {
  static {
    this.recogniseAs("CampaignStarted");
  }

  /** Always `CampaignStarted`. */
  override readonly name = "CampaignStarted";
  readonly code = "ERR_APNS_CAMPAIGN_STARTED";

  constructor() {
    super("the campaign was started or closed before; open it again to resume it");
  }
}

/** The journal holds no campaign: its first record never became durable. */
export class CampaignMissing extends ApnskitError {
  static {
    this.recogniseAs("CampaignMissing");
  }

  /** Always `CampaignMissing`. */
  override readonly name = "CampaignMissing";
  readonly code = "ERR_APNS_CAMPAIGN_MISSING";

  constructor() {
    super("the journal holds no campaign yet; start one with it");
  }
}

/** A campaign that is neither finished nor cancelled is not removed unless that is asked for. Nothing was changed. */
export class CampaignUnfinished extends ApnskitError {
  static {
    this.recogniseAs("CampaignUnfinished");
  }

  /** Always `CampaignUnfinished`. */
  override readonly name = "CampaignUnfinished";
  readonly code = "ERR_APNS_CAMPAIGN_UNFINISHED";

  /** @param name of the campaign */
  constructor(name: string) {
    super(
      `the campaign ${name} is not finished: resume or cancel it first, or say that it is to be removed all the same`,
    );
  }
}
