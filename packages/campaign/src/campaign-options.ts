import type { Clock, Notification, Outcome, Pair, PushSource, SendManyOptions } from "apnskit";
import type { Recipient, RecipientSource } from "./recipient.ts";
import type { InDoubtPolicy } from "./store/checkpoint-record.ts";
import type { CheckpointStore } from "./store/checkpoint-store.ts";

/** The part of a client that a campaign uses: an open `ApnsClient`, or a client of `ApnsClients`. */
export interface CampaignClient {
  sendMany(pairs: PushSource<Pair>, options?: SendManyOptions): AsyncIterableIterator<Outcome>;
}

/** Options of {@link Campaign.open}. */
export interface CampaignOptions<One extends Recipient = Recipient> {
  /** Sends the pushes. The campaign does not close this client. */
  readonly client: CampaignClient;
  /**
   * Identifies the campaign permanently. The `apns-id` and collapse id of each push derive from it. 1 … 100
   * letters, digits and any of `_ - .`.
   */
  readonly name: string;
  /**
   * The campaign reads the recipients once for each `open`. A resumed campaign needs the same order, and
   * checks it.
   */
  readonly recipients: RecipientSource<One>;
  /**
   * One notification for all recipients, or a function that makes one for each recipient. `index` is the
   * recipient's place, from 0.
   */
  readonly notification: Notification | ((recipient: One, index: number) => Notification);
  /** Path of the journal file, or another store. The campaign creates a missing file. */
  readonly journal: string | CheckpointStore;
  /**
   * How the campaign treats recipients that it handed out before a crash and that have no outcome. `resend`:
   * they get the push again, under the same `apns-id` and collapse id. `skip`: they get no second push, and
   * the report counts them. `report`: they get no second push, and the report names them. Default: `resend`
   * with collapse ids, `report` without. A resumed campaign keeps the policy that it began with.
   */
  readonly inDoubt?: InDoubtPolicy | undefined;
  /**
   * Whether each push gets its own collapse id, unless its notification has one. Default true; a resumed
   * campaign keeps the value that it began with. Set it to false for push types that take no collapse id.
   */
  readonly collapse?: boolean | undefined;
  /**
   * Whether a resumed campaign resends pushes that certainly did not reach APNs, for example in an outage.
   * Default true.
   */
  readonly retryUnsent?: boolean | undefined;
  /** Pushes per second, above 0. Default: as fast as APNs takes them. */
  readonly rate?: number | undefined;
  /** Pushes under way at once, as in `sendMany`. */
  readonly concurrency?: number | undefined;
  /** Milliseconds for each push, as in `sendMany`. */
  readonly timeout?: number | undefined;
  /** Stops the campaign at once. Pushes under way are in doubt. The campaign can be resumed. */
  readonly signal?: AbortSignal | undefined;
  /** Recipients that the campaign reads and fingerprints together. Default 1,000; 1 … 100,000. */
  readonly blockSize?: number | undefined;
  /** Plain JSON that a new campaign stores in its journal, for tools that open the journal later. */
  readonly data?: unknown;
  /**
   * Whether to begin a new campaign if the journal holds none. False: `open` only resumes a campaign. Default
   * true.
   */
  readonly create?: boolean | undefined;
  /** For tests. Default: the system clocks. */
  readonly clock?: Clock | undefined;
}

/** The outcome of one recipient's push. */
export interface CampaignOutcome<One extends Recipient = Recipient> {
  /** The recipient's place in the campaign, from 0. */
  readonly index: number;
  readonly recipient: One;
  readonly outcome: Outcome;
}
