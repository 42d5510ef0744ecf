import type { InDoubtPolicy, Recipient, RecipientSource } from "@apnskit/campaign";
import { integer, received, rejectUnknown, requireObject, requireType } from "@apnskit/connection/internal";
import { InvalidOption, type Notification } from "apnskit";
import type { StoredRecipients } from "./stored-recipients.ts";

/** A queued campaign. All workers see the same plan. */
export interface CampaignPlan<Data = unknown> {
  /**
   * Identifies the campaign permanently. The `apns-id` and collapse id of each push derive from it. 1 … 100
   * letters, digits, `_`, `-`, `.`.
   */
  readonly name: string;
  /** Number of recipients. 1 … 100,000,000. */
  readonly count: number;
  /** Recipients per job. Default 5,000; 1 … 100,000. */
  readonly rangeSize: number;
  /**
   * How the campaign treats recipients whose push was under way when a worker died. `resend`: they get the
   * push again, under the same `apns-id` and collapse id. `skip`: they get no second push, and the report
   * counts them. `report`: they get no second push, and the report names them. Default `resend` with collapse
   * ids, `report` without.
   */
  readonly inDoubt: InDoubtPolicy;
  /** Whether each push gets a collapse id, unless its notification has one. Default true. */
  readonly collapse: boolean;
  /** Pushes per second over all workers. Absent: as fast as APNs takes them. */
  readonly perSecond?: number;
  /** Plain JSON from which the workers find recipients and content. */
  readonly data: Data;
  /** Present when the store keeps the recipients. */
  readonly recipients?: StoredRecipients;
}

/** Options of `Campaigns.start`. */
export type CampaignOptions<Data = unknown> = Pick<CampaignPlan<Data>, "name"> & {
  /** Number of recipients, if the workers find them. 1 … 100,000,000. */
  readonly count?: number | undefined;
  /**
   * Recipients for the store to keep, as plain JSON, instead of `count`. Use this if workers cannot find
   * recipients themselves. The store removes a range's recipients when all of them have an end and none is in
   * doubt.
   */
  readonly recipients?: RecipientSource<Recipient> | undefined;
  readonly rangeSize?: number | undefined;
  readonly inDoubt?: InDoubtPolicy | undefined;
  readonly collapse?: boolean | undefined;
  readonly perSecond?: number | undefined;
  readonly data?: Data | undefined;
};

/** The recipients and the notification that a worker sends. */
export interface CampaignContent<One extends Recipient = Recipient> {
  /**
   * Returns the recipients from `from` up to, but not including, `to`. Both count from 0. Each call must
   * return the same recipients in the same order. Default: the recipients that the store keeps for the
   * campaign.
   */
  recipients?(from: number, to: number): Iterable<One> | AsyncIterable<One> | Promise<Iterable<One>>;
  /** One notification for all recipients, or a function that makes one for each recipient. */
  readonly notification: Notification | ((recipient: One, index: number) => Notification);
}

const KNOWN = ["name", "count", "recipients", "rangeSize", "inDoubt", "collapse", "perSecond", "data"];
const POLICIES: readonly unknown[] = ["resend", "skip", "report"];
const MOST = 100_000_000;

/**
 * @returns the plan; without the count if `recipients` are still to be stored
 * @throws InvalidOption
 */
export function readPlan<Data>(options: CampaignOptions<Data>): CampaignPlan<Data> {
  requireObject("options", options);
  rejectUnknown(options, KNOWN);
  const { name, perSecond, collapse = true, data } = options;
  requireName(name);
  requireType("collapse", collapse, "boolean");
  if (perSecond !== undefined && !(typeof perSecond === "number" && perSecond > 0 && perSecond < MOST)) {
    throw new InvalidOption("perSecond", `perSecond must be a number above 0${received(options.perSecond)}`);
  }
  const inDoubt = options.inDoubt ?? (collapse ? "resend" : "report");
  if (!POLICIES.includes(inDoubt)) {
    throw new InvalidOption("inDoubt", `inDoubt must be "resend", "skip" or "report"${received(inDoubt)}`);
  }
  const { recipients } = options;
  if (recipients !== undefined) requireSource(recipients);
  const rule = "give either the number of recipients as count, or recipients";
  if (options.count === undefined && recipients === undefined) {
    throw new InvalidOption("count", `count is missing: ${rule}`);
  }
  if (options.count !== undefined && recipients !== undefined) {
    throw new InvalidOption("recipients", `recipients and count are both given: ${rule}`);
  }
  return {
    name,
    count: integer("count", options.count, 0, recipients === undefined ? 1 : 0, MOST),
    rangeSize: integer("rangeSize", options.rangeSize, 5_000, 1, 100_000),
    inDoubt,
    collapse,
    ...(perSecond !== undefined && { perSecond }),
    data: plain(data) as Data,
  };
}

/** @throws InvalidOption for a name that is invalid in keys or in BullMQ's job ids */
export function requireName(name: unknown): void {
  if (typeof name === "string" && /^[\w.-]{1,100}$/.test(name)) return;
  throw new InvalidOption("name", `name must have 1 … 100 letters, digits and any of _ - .${received(name)}`);
}

/**
 * Adds stored recipients to a plan.
 *
 * @throws InvalidOption for more recipients than a campaign may have
 */
export function withRecipients<Data>(
  plan: CampaignPlan<Data>,
  count: number,
  recipients: StoredRecipients,
): CampaignPlan<Data> {
  if (count <= MOST) return { ...plan, count, recipients };
  throw new InvalidOption("recipients", `recipients has ${count} entries; a campaign has at most ${MOST}`);
}

function requireSource(source: unknown): void {
  if (typeof source === "function") return;
  if (typeof source === "object" && source !== null) {
    if (Symbol.iterator in source || Symbol.asyncIterator in source) return;
  }
  throw new InvalidOption(
    "recipients",
    `recipients must be an iterable or async iterable, or a function${received(source)}`,
  );
}

/** Number of ranges in a campaign. */
export function rangeCount({ count, rangeSize }: CampaignPlan): number {
  return Math.ceil(count / rangeSize);
}

/** First index and size of a range. */
export function rangeOf({ count, rangeSize }: CampaignPlan, range: number): { from: number; size: number } {
  const from = range * rangeSize;
  return { from, size: Math.min(rangeSize, count - from) };
}

/**
 * Returns the data as the store will return it.
 *
 * @throws InvalidOption
 */
function plain(data: unknown): unknown {
  if (data === undefined) return null;
  try {
    return JSON.parse(JSON.stringify(data));
  } catch {
    throw new InvalidOption("data", "data must be plain JSON");
  }
}
