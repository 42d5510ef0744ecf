import type { Clock, Notification, Outcome, Pair, PushSource, SendManyOptions } from "apnskit";
import type { Recipient, RecipientSource } from "./recipient.ts";
import type { InDoubtPolicy } from "./store/checkpoint-record.ts";
import type { CheckpointStore } from "./store/checkpoint-store.ts";

/** What sends the pushes: an open `ApnsClient`, also of `ApnsClients`. The campaign does not close it. */
export interface CampaignClient {
  sendMany(pairs: PushSource<Pair>, options?: SendManyOptions): AsyncIterableIterator<Outcome>;
}

/** What a campaign is. */
export interface CampaignOptions<One extends Recipient = Recipient> {
  /** Sends the pushes. */
  readonly client: CampaignClient;
  /**
   * Names the campaign for good: the `apns-id`s and collapse ids of its pushes follow from it. 1 … 100 letters, digits
   * and any of `_ - .`.
   */
  readonly name: string;
  /** Read once for each `open`, in the same order each time; a resumed campaign compares them. */
  readonly recipients: RecipientSource<One>;
  /** For all recipients, or made for each of them; `index` is the recipient's place, from 0. */
  readonly notification: Notification | ((recipient: One, index: number) => Notification);
  /** Path of the journal file, which is made if it is not there; or another store. */
  readonly journal: string | CheckpointStore;
  /**
   * What is done with recipients who were handed out before a crash and have no outcome. `resend`: they get the push
   * again, under the same `apns-id` and collapse id. `skip`: they do not, and the report counts them. `report`: they do
   * not, and the report names them. Default: `resend` with collapse ids, `report` without; of a resumed campaign what it
   * began with.
   */
  readonly inDoubt?: InDoubtPolicy | undefined;
  /**
   * Whether each push gets a collapse id of its own, unless its notification has one. Default true; of a resumed campaign
   * what it began with. Give false for push types that take no collapse id.
   */
  readonly collapse?: boolean | undefined;
  /** Sends those again that certainly never left, such as in an outage, when it is resumed. Default true. */
  readonly retryUnsent?: boolean | undefined;
  /** Pushes a second, above 0. Default: as many as APNs takes. */
  readonly rate?: number | undefined;
  /** As of `sendMany`: pushes under way at once. */
  readonly concurrency?: number | undefined;
  /** Milliseconds for each push, as of `sendMany`. */
  readonly timeout?: number | undefined;
  /** Stops the campaign at once; what is under way is given up and in doubt. It can be resumed. */
  readonly signal?: AbortSignal | undefined;
  /** Recipients that are read and fingerprinted together. Default 1,000; 1 … 100,000. */
  readonly blockSize?: number | undefined;
  /** Kept in the journal of a new campaign, for tools that open it later: plain JSON. */
  readonly data?: unknown;
  /**
   * Whether a journal without a campaign gets a new one. False: only goes on with one that is there. Default true.
   */
  readonly create?: boolean | undefined;
  /** For tests. Default: the machine's clocks. */
  readonly clock?: Clock | undefined;
}

/** What became of one recipient's push. */
export interface CampaignOutcome<One extends Recipient = Recipient> {
  /** The recipient's place in the campaign, from 0. */
  readonly index: number;
  readonly recipient: One;
  readonly outcome: Outcome;
}
