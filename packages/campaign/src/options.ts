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
    const rule =
      "must be a notification, such as the result of alert(), or a function that returns a notification";
    throw new InvalidOption("notification", `notification ${rule}${received(notification)}`);
  }
  if (typeof journal === "string" ? journal === "" : typeof journal?.claim !== "function") {
    throw new InvalidOption(
      "journal",
      `journal must be a file path or a CheckpointStore${received(journal)}`,
    );
  }
  if (inDoubt !== undefined && !IN_DOUBT_POLICIES.includes(inDoubt)) {
    throw new InvalidOption("inDoubt", `inDoubt must be "resend", "skip" or "report"${received(inDoubt)}`);
  }
  if (rate !== undefined && !(typeof rate === "number" && rate > 0 && rate <= MOST_PER_SECOND)) {
    throw new InvalidOption("rate", `rate must be a number of pushes per second above 0${received(rate)}`);
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
 * Checks that the options describe the campaign in the journal. An absent option stands for the value that
 * the campaign began with.
 *
 * @throws CampaignDiffers
 */
export function requireSame<One extends Recipient>(
  found: CampaignIdentity,
  options: CampaignOptions<One>,
): void {
  const { name, recipients, notification } = options;
  if (found.name !== name) {
    throw new CampaignDiffers("name", `the journal belongs to the campaign ${found.name}, not to ${name}`);
  }
  for (const option of ["inDoubt", "collapse", "blockSize"] as const) {
    const given = options[option];
    if (given === undefined || given === found[option]) continue;
    const message = `the campaign ${name} began with ${option} ${found[option]}; received ${given}`;
    throw new CampaignDiffers(option, message);
  }
  if (found.notification !== notificationHash(notification)) {
    const remedy = "give the same notification, or begin a campaign with another name and journal";
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

/** @throws InvalidOption for a name that is unsafe in keys or file names */
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
    // The error below reports it.
  }
  throw new InvalidOption("data", `data must be plain JSON${received(data)}`);
}

function countOf(source: unknown): number | undefined {
  if (Array.isArray(source)) return source.length;
  return source instanceof Set ? source.size : undefined;
}

/** The expiration is left out, because a duration from now is another instant in each process. */
function notificationHash(notification: Notification | ((...args: never) => Notification)): string {
  if (typeof notification === "function") return "";
  const { kind, pushType, priority, collapseId, topic } = notification;
  const hash = createHash("sha256");
  hash.update(JSON.stringify([kind, pushType, priority, collapseId, topic]));
  return hash.update(notification.body).digest("base64url");
}
