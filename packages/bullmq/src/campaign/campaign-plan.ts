import type { InDoubtPolicy, Recipient, RecipientSource } from "@apnskit/campaign";
import { integer, received, rejectUnknown, requireObject, requireType } from "@apnskit/connection/internal";
import { InvalidOption, type Notification } from "apnskit";
import type { StoredRecipients } from "./stored-recipients.ts";

/** A campaign, as it is queued. The same in all workers. */
export interface CampaignPlan<Data = unknown> {
  /** Names the campaign for good: `apns-id` and collapse ids follow from it. 1 … 100 letters, digits, `_`, `-`, `.`. */
  readonly name: string;
  /** How many recipients there are. 1 … 100,000,000. */
  readonly count: number;
  /** Recipients of one job. Default 5,000; 1 … 100,000. */
  readonly rangeSize: number;
  /**
   * What is done with recipients of whom it cannot be known whether APNs acted on their push, since the worker that had it
   * under way died. `resend`: they get it again, under the same `apns-id` and collapse id. `skip`: they do not, and the
   * report counts them. `report`: they do not, and the report names them. Default `resend` with collapse ids, `report`
   * without.
   */
  readonly inDoubt: InDoubtPolicy;
  /** Whether each push gets a collapse id, unless its notification has one. Default true. */
  readonly collapse: boolean;
  /** Pushes each second over all workers; absent: as many as APNs takes. */
  readonly perSecond?: number;
  /** Whatever the workers need to find recipients and content; plain JSON. */
  readonly data: Data;
  /** Present when the store keeps the recipients. */
  readonly recipients?: StoredRecipients;
}

/** What is given to queue a campaign. */
export type CampaignOptions<Data = unknown> = Pick<CampaignPlan<Data>, "name"> & {
  /** How many recipients there are, of a campaign whose workers find them. 1 … 100,000,000. */
  readonly count?: number | undefined;
  /**
   * Recipients that the store keeps, for workers that have no other way to them: plain JSON, instead of `count`. A range's
   * recipients are removed when all of them have an end and none is in doubt.
   */
  readonly recipients?: RecipientSource<Recipient> | undefined;
  readonly rangeSize?: number | undefined;
  readonly inDoubt?: InDoubtPolicy | undefined;
  readonly collapse?: boolean | undefined;
  readonly perSecond?: number | undefined;
  readonly data?: Data | undefined;
};

/** What a worker sends for a campaign. */
export interface CampaignContent<One extends Recipient = Recipient> {
  /**
   * The recipients from `from` up to, but without, `to`, both counted from 0. The same ones each time, in the same order.
   * Default: those that the store keeps for the campaign.
   */
  recipients?(from: number, to: number): Iterable<One> | AsyncIterable<One> | Promise<Iterable<One>>;
  /** For all of them, or made for each one. */
  readonly notification: Notification | ((recipient: One, index: number) => Notification);
}

const KNOWN = ["name", "count", "recipients", "rangeSize", "inDoubt", "collapse", "perSecond", "data"];
const POLICIES: readonly unknown[] = ["resend", "skip", "report"];
const MOST = 100_000_000;

/**
 * @returns the plan; of recipients that are to be stored, without their number
 * @throws InvalidOption
 */
export function readPlan<Data>(options: CampaignOptions<Data>): CampaignPlan<Data> {
  requireObject("options", options);
  rejectUnknown(options, KNOWN);
  const { name, perSecond, collapse = true, data } = options;
  requireName(name);
  requireType("collapse", collapse, "boolean");
  if (perSecond !== undefined && !(typeof perSecond === "number" && perSecond > 0 && perSecond < MOST)) {
    throw new InvalidOption("perSecond", "perSecond must be a number above 0");
  }
  const inDoubt = options.inDoubt ?? (collapse ? "resend" : "report");
  if (!POLICIES.includes(inDoubt)) {
    throw new InvalidOption("inDoubt", 'inDoubt must be "resend", "skip" or "report"');
  }
  const { recipients } = options;
  if (recipients !== undefined) requireSource(recipients);
  const rule = "give the number of recipients as count, or the recipients themselves";
  if (options.count === undefined && recipients === undefined) {
    throw new InvalidOption("count", `count is missing: ${rule}`);
  }
  if (options.count !== undefined && recipients !== undefined) {
    throw new InvalidOption("recipients", `recipients and count are both there: ${rule}`);
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

/** @throws InvalidOption for a name that cannot be part of keys and of BullMQ's job ids */
export function requireName(name: unknown): void {
  if (typeof name === "string" && /^[\w.-]{1,100}$/.test(name)) return;
  throw new InvalidOption("name", "name must have 1 … 100 letters, digits and any of _ - .");
}

/** Reads a plan whose recipients the store keeps. @throws InvalidOption for more recipients than a campaign may have */
export function withRecipients<Data>(
  plan: CampaignPlan<Data>,
  count: number,
  recipients: StoredRecipients,
): CampaignPlan<Data> {
  if (count <= MOST) return { ...plan, count, recipients };
  throw new InvalidOption("recipients", `recipients has ${count}; a campaign has at most ${MOST}`);
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

/** Ranges of a campaign. */
export function rangeCount({ count, rangeSize }: CampaignPlan): number {
  return Math.ceil(count / rangeSize);
}

/** First index and size of a range. */
export function rangeOf({ count, rangeSize }: CampaignPlan, range: number): { from: number; size: number } {
  const from = range * rangeSize;
  return { from, size: Math.min(rangeSize, count - from) };
}

/** As it comes out of the store again. @throws InvalidOption */
function plain(data: unknown): unknown {
  if (data === undefined) return null;
  try {
    return JSON.parse(JSON.stringify(data));
  } catch {
    throw new InvalidOption("data", "data must be plain JSON");
  }
}
