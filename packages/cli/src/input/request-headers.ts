import type { RawOptions } from "apnskit";
import { kindOf } from "../notification/json-file.ts";
import { InvalidLine } from "./entry.ts";

type Options = Omit<RawOptions, "payload">;

/** Headers that are options of a notification. */
const NAMED = {
  "apns-push-type": (value: string): Options => ({ pushType: value }),
  // The header's value stays unchanged: no suffix is added.
  "apns-topic": (value: string): Options => ({ topic: value, topicSuffix: "" }),
  "apns-priority": (value: string): Options => ({ priority: priority(value) }),
  "apns-expiration": (value: string): Options => ({ expiration: expiration(value) }),
  "apns-collapse-id": (value: string): Options => ({ collapseId: value }),
  "apns-id": (value: string): Options => ({ id: value }),
} as const;

/**
 * Turns request headers of a file into options of a notification.
 *
 * @throws InvalidLine for a header that cannot be sent
 */
export function headerOptions(headers: unknown): Options {
  if (headers === undefined) return {};
  if (typeof headers !== "object" || headers === null || Array.isArray(headers)) {
    throw new InvalidLine(`headers must be a JSON object, not ${kindOf(headers)}`);
  }
  let options: Options = {};
  let others: Record<string, string> | undefined;
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== "string") {
      throw new InvalidLine(`header ${quoteName(name)} must be text, not ${kindOf(value)}`);
    }
    if (Object.hasOwn(NAMED, name)) options = { ...options, ...NAMED[name as keyof typeof NAMED](value) };
    else {
      others ??= Object.create(null) as Record<string, string>;
      others[name] = value;
    }
  }
  return others === undefined ? options : { ...options, headers: { ...others } };
}

function priority(value: string): 1 | 5 | 10 {
  if (value === "1" || value === "5" || value === "10") return Number(value) as 1 | 5 | 10;
  throw new InvalidLine('header apns-priority must be "1", "5" or "10"');
}

function expiration(value: string): Date | 0 {
  if (!/^\d{1,12}$/.test(value)) {
    throw new InvalidLine("header apns-expiration must be seconds since 1970-01-01 UTC, or 0");
  }
  return value === "0" ? 0 : new Date(Number(value) * 1000);
}

function quoteName(name: string): string {
  return JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}…` : name);
}
