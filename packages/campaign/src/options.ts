import { createHash } from "node:crypto";
import {
  duration,
  guardClock,
  integer,
  received,
  rejectUnknown,
  requireObject,
  requireSignal,
  requireType,
} from "@apnskit/connection/internal";
import { type Clock, InvalidOption, Notification } from "apnskit";
import type { CampaignOptions } from "./campaign-options.ts";
import { CampaignDiffers } from "./errors.ts";
import type { Recipient } from "./recipient.ts";
import type { CampaignIdentity, InDoubtPolicy } from "./store/checkpoint-record.ts";

const KNOWN = [
  "client",
  "name",
  "recipients",
  "notification",
  "journal",
  "inDoubt",
  "collapse",
  "retryUnsent",
  "rate",
  "concurrency",
  "timeout",
  "signal",
  "blockSize",
  "data",
  "create",
  "clock",
] satisfies readonly (keyof CampaignOptions)[];

export const IN_DOUBT_POLICIES: readonly InDoubtPolicy[] = ["resend", "skip", "report"];

const MOST_PER_SECOND = 1e9;

/** @throws InvalidOption */
export function checkOptions<One extends Recipient>(
  options: CampaignOptions<One>,
): { readonly clock: Clock } {
  requireObject("options", options);
  rejectUnknown(options, KNOWN);
  const { client, name, recipients, notification, journal, inDoubt, rate } = options;
  if (typeof (client as Partial<typeof client> | undefined)?.sendMany !== "function") {
    throw new InvalidOption("client", `client must be an ApnsClient${received(client)}`);
  }
  requireName(name);
  requireSource(recipients);
  if (typeof notification !== "function" && !(notification instanceof Notification)) {
    const rule = "must be a notification, such as alert() makes, or a function that makes one";
    throw new InvalidOption("notification", `notification ${rule}${received(notification)}`);
  }
  if (typeof journal === "string" ? journal === "" : typeof journal?.claim !== "function") {
    throw new InvalidOption("journal", `journal must be a path or a store${received(journal)}`);
  }
  if (inDoubt !== undefined && !IN_DOUBT_POLICIES.includes(inDoubt)) {
    throw new InvalidOption("inDoubt", `inDoubt must be "resend", "skip" or "report"${received(inDoubt)}`);
  }
  if (rate !== undefined && !(typeof rate === "number" && rate > 0 && rate <= MOST_PER_SECOND)) {
    throw new InvalidOption("rate", `rate must be a number above 0, pushes a second${received(rate)}`);
  }
  for (const option of ["collapse", "retryUnsent", "create"] as const) {
    requireType(option, options[option], "boolean");
  }
  if (options.signal !== undefined) requireSignal(options.signal);
  integer("concurrency", options.concurrency, 1, 1, Number.MAX_SAFE_INTEGER);
  integer("blockSize", options.blockSize, 1, 1, 100_000);
  duration("timeout", options.timeout, 0, 0);
  requireJson(options.data);
  return { clock: guardClock(options.clock) };
}

/** The identity of a new campaign. */
export function newIdentity<One extends Recipient>(options: CampaignOptions<One>): CampaignIdentity {
  const { name, recipients, notification, collapse = true, blockSize = 1000 } = options;
  const count = countOf(recipients);
  return {
    name,
    notification: notificationHash(notification),
    inDoubt: options.inDoubt ?? (collapse ? "resend" : "report"),
    collapse,
    blockSize,
    ...(count !== undefined && { count }),
  };
}

/**
 * Whether a campaign that is there is the one that the options mean. Options that are absent mean what it began with.
 *
 * @throws CampaignDiffers
 */
export function requireSame<One extends Recipient>(
  found: CampaignIdentity,
  options: CampaignOptions<One>,
): void {
  const { name, recipients, notification } = options;
  if (found.name !== name) {
    throw new CampaignDiffers("name", `the journal is of the campaign ${found.name}, not of ${name}`);
  }
  for (const option of ["inDoubt", "collapse", "blockSize"] as const) {
    const given = options[option];
    if (given === undefined || given === found[option]) continue;
    const message = `the campaign ${name} began with ${option} ${found[option]}; received ${given}`;
    throw new CampaignDiffers(option, message);
  }
  if (found.notification !== notificationHash(notification)) {
    const remedy = "give the same one, or begin a campaign with another name and journal";
    throw new CampaignDiffers(
      "notification",
      `the campaign ${name} began with another notification; ${remedy}`,
    );
  }
  const count = countOf(recipients);
  if (count === undefined || found.count === undefined || count === found.count) return;
  const message = `the campaign ${name} began with ${found.count} recipients; received ${count}`;
  throw new CampaignDiffers("recipients", message);
}

/** @throws InvalidOption for what cannot be part of keys and file names everywhere */
export function requireName(name: unknown): void {
  if (typeof name === "string" && /^[\w.-]{1,100}$/.test(name)) return;
  const rule = "name must have 1 … 100 letters, digits and any of _ - .";
  throw new InvalidOption("name", `${rule}${received(name)}`);
}

function requireSource(source: unknown): void {
  if (typeof source === "function") return;
  if (typeof source === "object" && source !== null && !(source instanceof Uint8Array)) {
    if (Symbol.iterator in source || Symbol.asyncIterator in source) return;
  }
  const rule = "recipients must be an iterable or async iterable, or a function that returns one";
  throw new InvalidOption("recipients", `${rule}${received(source)}`);
}

function requireJson(data: unknown): void {
  if (data === undefined) return;
  try {
    if (JSON.stringify(data) !== undefined) return;
  } catch {
    // Told below.
  }
  throw new InvalidOption("data", `data must be plain JSON${received(data)}`);
}

function countOf(source: unknown): number | undefined {
  if (Array.isArray(source)) return source.length;
  return source instanceof Set ? source.size : undefined;
}

/** Not of the expiration: a duration from now is another instant in each process. */
function notificationHash(notification: Notification | ((...args: never) => Notification)): string {
  if (typeof notification === "function") return "";
  const { kind, pushType, priority, collapseId, topic } = notification;
  const hash = createHash("sha256");
  hash.update(JSON.stringify([kind, pushType, priority, collapseId, topic]));
  return hash.update(notification.body).digest("base64url");
}
