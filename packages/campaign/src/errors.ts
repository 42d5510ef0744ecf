import { ApnskitError } from "apnskit";

/** Another process uses the journal. This process changed nothing. */
export class JournalInUse extends ApnskitError {
  static {
    this.recogniseAs("JournalInUse");
  }

  override readonly name = "JournalInUse";
  readonly code = "ERR_APNS_JOURNAL_IN_USE";
  /** The process that uses the journal; 0 if the lock does not name a process. */
  readonly pid: number;

  constructor(path: string, pid: number, message: string) {
    super(`the journal ${path} is in use${pid === 0 ? "" : ` by process ${pid}`}${message}`);
    this.pid = pid;
  }
}

/**
 * The journal cannot be read or written, for example on a full disk. The campaign has stopped. Remove the
 * problem that `cause` describes, and resume the campaign.
 */
export class JournalFailed extends ApnskitError {
  static {
    this.recogniseAs("JournalFailed");
  }

  override readonly name = "JournalFailed";
  readonly code = "ERR_APNS_JOURNAL_FAILED";
}

/** The file is not a journal, or another program changed it. This process changed nothing. */
export class JournalDamaged extends ApnskitError {
  static {
    this.recogniseAs("JournalDamaged");
  }

  override readonly name = "JournalDamaged";
  readonly code = "ERR_APNS_JOURNAL_DAMAGED";
}

/**
 * Another process has taken over the campaign. This process has stopped, and the pushes that it had under way
 * are in doubt.
 */
export class ClaimLost extends ApnskitError {
  static {
    this.recogniseAs("ClaimLost");
  }

  override readonly name = "ClaimLost";
  readonly code = "ERR_APNS_CLAIM_LOST";
}

/**
 * The journal belongs to another campaign, or the campaign began with other options. This process sent
 * nothing.
 */
export class CampaignDiffers extends ApnskitError {
  static {
    this.recogniseAs("CampaignDiffers");
  }

  override readonly name = "CampaignDiffers";
  readonly code = "ERR_APNS_CAMPAIGN_DIFFERS";
  /** The option that differs: `name`, `notification`, `inDoubt`, `collapse`, `blockSize` or `recipients`. */
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

/**
 * The recipients differ from those that the campaign began with. The campaign sent nothing to the block that
 * differs, nor to later blocks.
 */
export class RecipientsChanged extends ApnskitError {
  static {
    this.recogniseAs("RecipientsChanged");
  }

  override readonly name = "RecipientsChanged";
  readonly code = "ERR_APNS_RECIPIENTS_CHANGED";
  /** Place of the first recipient of the block that differs, from 0. */
  readonly index: number;

  constructor(index: number, message: string) {
    super(message);
    this.index = index;
  }
}

/** The campaign was already started or closed. Each `open` allows one `run()` or one loop. */
export class CampaignStarted extends ApnskitError {
  static {
    this.recogniseAs("CampaignStarted");
  }

  override readonly name = "CampaignStarted";
  readonly code = "ERR_APNS_CAMPAIGN_STARTED";

  constructor() {
    super("the campaign was already started or closed; open the campaign again to resume it");
  }
}

/** The journal holds no campaign: the campaign's first record did not become durable. */
export class CampaignMissing extends ApnskitError {
  static {
    this.recogniseAs("CampaignMissing");
  }

  override readonly name = "CampaignMissing";
  readonly code = "ERR_APNS_CAMPAIGN_MISSING";

  constructor() {
    super("the journal holds no campaign; start a campaign with this journal");
  }
}

/** The campaign is neither finished nor cancelled, and `unfinished` is not true. The journal is unchanged. */
export class CampaignUnfinished extends ApnskitError {
  static {
    this.recogniseAs("CampaignUnfinished");
  }

  override readonly name = "CampaignUnfinished";
  readonly code = "ERR_APNS_CAMPAIGN_UNFINISHED";

  /** @param name of the campaign */
  constructor(name: string) {
    super(
      `the campaign ${name} is not finished; resume or cancel it first, or set \`unfinished\` to remove it anyway`,
    );
  }
}
