import type { LedgerEntry } from "../../src/ledger/ledger-entry.ts";
import { isObject, type Json, type JsonObject, type Payload, topOf } from "./payload.ts";
import { kindOf } from "./preview.ts";
import { intendedKey } from "./spelling.ts";

/** The keys of `aps` ("Generating a remote notification" and the pages of the push types). */
export const APS_KEYS: readonly string[] = [
  ...["alert", "badge", "sound", "thread-id", "category", "content-available", "mutable-content"],
  ...["target-content-id", "interruption-level", "relevance-score", "filter-criteria", "stale-date"],
  ...["content-state", "timestamp", "event", "dismissal-date", "attributes-type", "attributes"],
  ...["input-push-token", "input-push-channel", "content-changed", "url-args", "ptt-push-type"],
];
const ALERT_KEYS: readonly string[] = [
  ...["title", "subtitle", "body", "launch-image", "title-loc-key", "title-loc-args", "subtitle-loc-key"],
  ...["subtitle-loc-args", "loc-key", "loc-args", "action-loc-key", "action", "summary-arg"],
  ...["summary-arg-count", "sound"],
];
const LEVELS = ["passive", "active", "time-sensitive", "critical"];
const EVENTS = ["start", "update", "end"];
/** Seconds. A larger value is later than the year 5000, so it is in milliseconds by mistake. */
const FAR_FUTURE = 1e11;
/** Allowed clock skew, seconds. */
const CLOCK_SKEW = 60;
/** Types whose payload needs no `aps`. */
const WITHOUT_APS = ["mdm", "wallet", "voip", "location", "fileprovider", "pushtotalk", "complication"];

/**
 * Finds mistakes that APNs accepts without an error, and that a device ignores or interprets differently.
 *
 * @param earlier timestamp in seconds of the latest update before this one to the same Live Activity
 */
export function warningsOf(entry: LedgerEntry, payload: Payload, earlier?: number): string[] {
  if (entry.kind === "channel") return [];
  const warnings: string[] = [...headerWarnings(entry)];
  if (payload.kind === "text")
    warnings.push("The payload is not JSON. APNs checks its size only; a device discards it.");
  if (payload.kind !== "json") return warnings;
  const type = entry.kind === "broadcast" ? "liveactivity" : kindOf(entry, payload);
  const top = topOf(payload);
  if (!top) return [...warnings, "The payload is JSON but not an object. A device discards it."];
  const { aps } = top;
  if (aps === undefined) {
    if (!WITHOUT_APS.includes(type)) warnings.push(misplaced(top) ?? "The payload has no `aps`.");
    return warnings;
  }
  if (!isObject(aps)) return [...warnings, "`aps` is not an object: the device ignores it."];
  warnings.push(...unknownKeys("aps", aps, APS_KEYS));
  for (const key of Object.keys(top)) {
    if (key !== "aps" && APS_KEYS.includes(key) && !(key in aps)) {
      warnings.push(`\`${key}\` is outside \`aps\`, where the system ignores it. Put it into \`aps\`.`);
    }
  }
  if (isObject(aps.alert)) warnings.push(...alertWarnings(aps.alert));
  warnings.push(...valueWarnings(aps), ...typeWarnings(entry, type, aps));
  if (type === "liveactivity") warnings.push(...activityWarnings(entry, aps, earlier));
  return warnings;
}

function* headerWarnings(entry: LedgerEntry): Generator<string> {
  if (entry.kind === "push" && entry.pushType === undefined) {
    yield "`apns-push-type` is missing. A watch shows nothing without it, and other devices may delay the push.";
  }
  const expiration = Number(entry.expiration);
  if (entry.expiration !== undefined && expiration > FAR_FUTURE) {
    yield "`apns-expiration` is in milliseconds. It takes seconds.";
  } else if (expiration > 0 && expiration < entry.arrivedAt / 1000) {
    yield "`apns-expiration` is in the past: a device that is unreachable now never gets the push. The header is a time, not a duration.";
  }
}

function* alertWarnings(alert: JsonObject): Generator<string> {
  yield* unknownKeys("aps.alert", alert, ALERT_KEYS);
  for (const [args, key] of [
    ["title-loc-args", "title-loc-key"],
    ["subtitle-loc-args", "subtitle-loc-key"],
    ["loc-args", "loc-key"],
  ] as const) {
    if (args in alert && !(key in alert)) yield `\`aps.alert.${args}\` has no effect without \`${key}\`.`;
  }
}

function* valueWarnings(aps: JsonObject): Generator<string> {
  const { badge, sound } = aps;
  if (badge !== undefined && !(typeof badge === "number" && Number.isInteger(badge) && badge >= 0)) {
    yield `\`aps.badge\` must be a whole number from 0; it is ${shown(badge)}, and is ignored.`;
  }
  if (sound !== undefined && typeof sound !== "string" && !isObject(sound)) {
    yield `\`aps.sound\` must be a name or an object; it is ${shown(sound)}, and is ignored.`;
  }
  for (const key of ["content-available", "mutable-content"]) {
    if (key in aps && aps[key] !== 1 && aps[key] !== 0) {
      yield `\`aps.${key}\` must be the number 1; it is ${shown(aps[key])}.`;
    }
  }
  const level = aps["interruption-level"];
  if (level !== undefined && !LEVELS.includes(level as string)) {
    yield `\`aps.interruption-level\` must be ${LEVELS.join(", ")}; it is ${shown(level)}, and the device treats it as active.`;
  }
  if (level === "critical" && !(isObject(sound) && sound.critical === 1)) {
    yield "A critical alert needs the sound object with `critical: 1`, and Apple's entitlement.";
  }
  for (const key of ["timestamp", "stale-date", "dismissal-date"]) {
    const value = aps[key];
    if (typeof value === "number" && value > FAR_FUTURE)
      yield `\`aps.${key}\` is in milliseconds. It takes seconds.`;
    else if (value !== undefined && typeof value !== "number") {
      yield `\`aps.${key}\` must be a number of seconds since 1970; it is ${shown(value)}.`;
    }
  }
}

function* typeWarnings(entry: LedgerEntry, type: string, aps: JsonObject): Generator<string> {
  const hasAlert = "alert" in aps;
  const isVisible = hasAlert || "badge" in aps || "sound" in aps;
  if (aps["content-available"] === 1 && !isVisible && entry.priority !== "5" && entry.priority !== "1") {
    yield "A push with `content-available` alone must have `apns-priority` 5. With 10 a device may never get it.";
  }
  if (entry.pushType === "background" && isVisible) {
    yield "A background push with alert, badge or sound: the system may show it or throttle it. Send push type alert.";
  }
  if (entry.pushType === "background" && aps["content-available"] !== 1) {
    yield "A background push without `content-available: 1` wakes nothing.";
  }
  if (entry.pushType === "alert" && !isVisible) {
    yield "A push of type alert without alert, badge or sound shows nothing.";
  }
  if (type === "alert" && "category" in aps && !hasAlert) {
    yield "`aps.category` has no effect without an alert: no notification can show its actions.";
  }
  if (aps["mutable-content"] === 1 && !hasAlert) {
    yield "`aps.mutable-content` has no effect without an alert: the system does not start the extension.";
  }
  const relevance = aps["relevance-score"];
  if (type !== "liveactivity" && typeof relevance === "number" && (relevance < 0 || relevance > 1)) {
    yield `\`aps.relevance-score\` must be from 0 to 1; it is ${relevance}.`;
  }
  if ((type === "widgets" || type === "controls") && aps["content-changed"] !== true) {
    yield "Without `content-changed: true` the system reloads nothing.";
  }
}

function* activityWarnings(
  entry: LedgerEntry,
  aps: JsonObject,
  earlier: number | undefined,
): Generator<string> {
  const { event, timestamp } = aps;
  if (!EVENTS.includes(event as string))
    yield `\`aps.event\` must be start, update or end; it is ${shown(event)}.`;
  if (timestamp === undefined) yield "`aps.timestamp` is missing: the system ignores the push.";
  else if (typeof timestamp === "number" && timestamp < FAR_FUTURE) {
    if (earlier !== undefined && timestamp < earlier) {
      yield "`aps.timestamp` is older than in an earlier update: the system ignores this update.";
    } else if (timestamp < entry.arrivedAt / 1000 - CLOCK_SKEW) {
      yield "`aps.timestamp` is in the past: the system ignores the push if it has shown a newer state.";
    }
  }
  if (event === "update" && !isObject(aps["content-state"]))
    yield "An update without `content-state` changes nothing.";
  if (event === "start") {
    for (const key of ["attributes-type", "attributes", "content-state", "alert"]) {
      if (!(key in aps)) yield `A start without \`aps.${key}\` starts nothing.`;
    }
    if (entry.kind === "broadcast") yield "A broadcast cannot start a Live Activity, only update or end it.";
  }
  if ("sound" in aps) yield "A Live Activity takes its sound inside `alert`. The system ignores `aps.sound`.";
}

function* unknownKeys(where: string, object: JsonObject, known: readonly string[]): Generator<string> {
  for (const key of Object.keys(object)) {
    if (known.includes(key)) continue;
    const meant = intendedKey(key, known);
    yield meant === undefined
      ? `\`${where}\` has the unknown key \`${short(key)}\`, which the system ignores. Put your own data outside \`aps\`.`
      : `\`${where}.${short(key)}\` is ignored; you probably meant \`${meant}\`.`;
  }
}

function misplaced(top: JsonObject): string | undefined {
  const meant = Object.keys(top).find((key) => intendedKey(key, ["aps"]) !== undefined);
  if (meant !== undefined) return `\`${short(meant)}\` is ignored; you probably meant \`aps\`.`;
  const inside = Object.keys(top).filter((key) => APS_KEYS.includes(key));
  if (inside.length === 0) return undefined;
  return `The payload has no \`aps\`: ${inside.map((key) => `\`${key}\``).join(", ")} must be inside \`aps\`.`;
}

function shown(value: Json | undefined): string {
  if (value === undefined) return "missing";
  return short(JSON.stringify(value));
}

function short(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
