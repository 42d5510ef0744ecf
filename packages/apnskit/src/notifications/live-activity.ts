import { InvalidNotification } from "../errors.ts";
import { checkChannelId } from "./channel-id.ts";
import { type FieldRules, FieldTable } from "./field-table.ts";
import {
  type Encode,
  finite,
  flag,
  invalid,
  missing,
  requiredText,
  seconds,
  text,
  textList,
} from "./fields.ts";
import type { HeaderOptions } from "./header-options.ts";
import { swiftDate } from "./json.ts";
import { jsonObject } from "./json-values.ts";
import { BROADCAST_KINDS, KINDS } from "./kinds.ts";
import type { Named } from "./named.ts";
import type { Notification } from "./notification.ts";
import { assertOptions } from "./options-object.ts";
import { ApsMapping, assemble, type PayloadOptions } from "./payload.ts";

/** A text, or the key of a localised text in the app, with the values for its placeholders. */
export type LocalisableText =
  | string
  | {
      /** Key of the text in the app. */
      readonly locKey: string;
      /** Values for the placeholders of `locKey`, in order. */
      readonly locArgs?: readonly string[] | undefined;
    };

/** The alert for a change of a Live Activity. Its sound is inside it, unlike that of an ordinary alert. */
export interface LiveActivityAlert {
  /** Heading: a text, or the key of a text that the app localises. */
  readonly title?: LocalisableText | undefined;
  /** The message: a text, or the key of a text that the app localises. */
  readonly body?: LocalisableText | undefined;
  /** A file in the app, or `default`. */
  readonly sound?: string | undefined;
  readonly [key: `${string}-${string}`]: unknown;
}

/**
 * Options that every push to a Live Activity may have. `contentState` and `attributes` are objects of any
 * class. They become JSON as `JSON.stringify` writes it, except for dates. Dates become the seconds since
 * 2001 that Swift's plain `JSONDecoder` reads. A value that `JSON.stringify` would lose is refused, with its
 * place, such as `contentState.match.kickoff`.
 */
export interface LiveActivityOptions extends PayloadOptions, HeaderOptions {
  /** The time of the content: the device ignores older pushes. Default now; to the second. */
  readonly timestamp?: Date | undefined;
  /** Draws the user's attention to the change; without it, the change is silent. */
  readonly alert?: LiveActivityAlert | Named<LiveActivityAlert> | undefined;
  /** When the activity becomes out of date. */
  readonly staleDate?: Date | undefined;
  /** Order among the app's activities; any number. */
  readonly relevanceScore?: number | undefined;
}

/** Changes that may go to a broadcast channel as well as to a device. */
export interface BroadcastableOptions extends LiveActivityOptions {
  /** Meant for a broadcast channel, which takes 5,120 bytes; a device takes 4,096. */
  readonly broadcast?: boolean | undefined;
}

/** Options of {@link liveActivityStart}. */
export interface LiveActivityStartOptions extends LiveActivityOptions {
  /** Name of the app's `ActivityAttributes` type. */
  readonly attributesType: string;
  /** Data that stays the same throughout. */
  readonly attributes: object;
  /** The first content, which updates replace. The app decodes it as its `ContentState`. */
  readonly contentState: object;
  /** Tells the user of the new activity; Apple requires one with every start. */
  readonly alert: LiveActivityAlert | Named<LiveActivityAlert>;
  /** Asks for a token for updates of the new activity (iOS 18). */
  readonly inputPushToken?: boolean | undefined;
  /** The broadcast channel to subscribe the new activity to (iOS 18). */
  readonly inputPushChannel?: string | undefined;
}

/** Options of {@link liveActivityUpdate}. */
export interface LiveActivityUpdateOptions extends BroadcastableOptions {
  /** The complete new content; the app decodes it as its `ContentState`. */
  readonly contentState: object;
}

/** Options of {@link liveActivityEnd}. */
export interface LiveActivityEndOptions extends BroadcastableOptions {
  /** The last content to show; recommended. */
  readonly contentState?: object | undefined;
  /** When to remove it from the Lock Screen, within 4 hours; a past date removes it at once. */
  readonly dismissalDate?: Date | undefined;
}

const INSIST = { insist: "`aps: { alert }` takes any key" };

const LOCALISED = new FieldTable({ locKey: ["loc-key", text], locArgs: ["loc-args", textList] }, INSIST);

const localisable: Encode = (value, field) => {
  if (typeof value === "string") return value;
  if (isObject(value)) return LOCALISED.map(value, {}, `${field}.`);
  throw invalid(field, "must be a string or an object such as { locKey, locArgs }", value);
};

const ALERT = new FieldTable(
  { title: ["title", localisable], body: ["body", localisable], sound: ["sound", text] },
  INSIST,
);

const liveAlert: Encode = (value, field) => {
  if (!isObject(value)) throw invalid(field, "must be an object such as { title, body }", value);
  const alert = ALERT.map(value, {}, `${field}.`);
  if (Object.keys(alert).length > 0) return alert;
  throw new InvalidNotification(field, "missing", "is empty; give title and body, or leave it out");
};

const swiftObject: Encode = (value, field) => jsonObject(value, [field], swiftDate);

const FIELDS: FieldRules = {
  contentState: ["content-state", swiftObject],
  attributesType: ["attributes-type", text],
  attributes: ["attributes", swiftObject],
  alert: ["alert", liveAlert],
  staleDate: ["stale-date", seconds],
  dismissalDate: ["dismissal-date", seconds],
  relevanceScore: ["relevance-score", finite],
  inputPushToken: ["input-push-token", flag],
  inputPushChannel: ["input-push-channel", checkChannelId],
};

const APS = new ApsMapping(FIELDS, ["timestamp", "broadcast"]);

/**
 * Starts a Live Activity; send it to the app's push-to-start token (iOS 17.2). Topic suffix
 * `.push-type.liveactivity`; needs a provider token; priority 10 by default, 5 does not count against the
 * budget; at most 4,096 bytes. ("Starting and updating Live Activities with ActivityKit push notifications")
 *
 * @throws InvalidNotification without `attributesType`, `attributes`, `contentState` or `alert`
 */
export function liveActivityStart(
  options: LiveActivityStartOptions | Named<LiveActivityStartOptions>,
): Notification {
  assertOptions(options, "{ attributesType, attributes, contentState, alert }");
  const payload = aps("start", options);
  requiredText(payload["attributes-type"], "attributesType");
  if (payload.attributes === undefined) throw missing("attributes");
  if (payload["content-state"] === undefined) throw missing("contentState");
  if (payload.alert === undefined) throw missing("alert");
  assertTellsSomething(payload.alert as object);
  return assemble(KINDS.liveActivityStart, payload, options);
}

/**
 * Updates a Live Activity; send it to the activity's token or to a broadcast channel. Headers and limits as
 * for the start.
 *
 * @throws InvalidNotification without `contentState`
 */
export function liveActivityUpdate(
  options: LiveActivityUpdateOptions | Named<LiveActivityUpdateOptions>,
): Notification {
  assertOptions(options, "{ contentState }");
  const payload = aps("update", options);
  if (payload["content-state"] === undefined) throw missing("contentState");
  return assemble(kindOf("liveActivityUpdate", options), payload, options);
}

/**
 * Ends a Live Activity; send it to the activity's token or to a broadcast channel. Headers and limits as for
 * the start.
 *
 * @throws InvalidNotification
 */
export function liveActivityEnd(
  options: LiveActivityEndOptions | Named<LiveActivityEndOptions> = {},
): Notification {
  assertOptions(options, "{ contentState }");
  return assemble(kindOf("liveActivityEnd", options), aps("end", options), options);
}

function aps(
  event: "start" | "update" | "end",
  options: Named<LiveActivityOptions>,
): Record<string, unknown> {
  const timestamp = seconds(options.timestamp ?? new Date(), "timestamp");
  return APS.map(options, { timestamp, event });
}

function kindOf(
  name: "liveActivityUpdate" | "liveActivityEnd",
  { broadcast = false }: Named<BroadcastableOptions>,
) {
  return flag(broadcast, "broadcast") === undefined ? KINDS[name] : BROADCAST_KINDS[name];
}

/** Apple requires a text with every start. A key that Apple adds later may count as one. */
function assertTellsSomething(alert: object): void {
  if (Object.keys(alert).some((key) => key !== "sound")) return;
  throw new InvalidNotification(
    "alert",
    "missing",
    "has no text; Apple wants a title or body with every start",
  );
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
