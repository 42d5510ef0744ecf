import { BROADCAST_SIZE_LIMIT } from "../push-types.ts";
import type { DeliveryOptions } from "./delivery.ts";
import {
  type Encode,
  type FieldRules,
  FieldTable,
  finite,
  flag,
  jsonObject,
  missing,
  requiredText,
  seconds,
  text,
  textList,
} from "./fields.ts";
import { swiftDates } from "./json.ts";
import { kind, type Notification } from "./notification.ts";
import { ApsMapping, assemble, type PayloadOptions } from "./payload.ts";

/** A text, or the key of a localised one in the app with the values for its placeholders. */
export type LocalisableText =
  | string
  | {
      /** Key of the text in the app. */
      readonly locKey: string;
      /** Values for the placeholders of `locKey`, in order. */
      readonly locArgs?: readonly string[] | undefined;
    };

/** The alert that goes with a change of a Live Activity. Its sound stands inside, unlike that of an ordinary alert. */
export interface LiveActivityAlert {
  /** Heading: one text, or one that the app localises. */
  readonly title?: LocalisableText | undefined;
  /** The message itself: one text, or one that the app localises. */
  readonly body?: LocalisableText | undefined;
  /** A file in the app, or `default`. */
  readonly sound?: string | undefined;
  readonly [key: `${string}-${string}`]: unknown;
}

/** What every push to a Live Activity may have. Dates in `contentState` and `attributes` become what Swift decodes. */
export interface LiveActivityOptions extends PayloadOptions, DeliveryOptions {
  /** When the content is from: older pushes are ignored. Now by default; to the second. */
  readonly timestamp?: Date | undefined;
  /** Draws the user's attention to the change; left out, it happens quietly. */
  readonly alert?: LiveActivityAlert | undefined;
  /** From when on the activity counts as out of date. */
  readonly staleDate?: Date | undefined;
  /** Order among the app's activities; any number. */
  readonly relevanceScore?: number | undefined;
}

/** Changes that may go to a broadcast channel as well as to a device. */
export interface BroadcastableOptions extends LiveActivityOptions {
  /** Meant for a broadcast channel, which takes 5,120 bytes; a device takes 4,096. */
  readonly broadcast?: boolean | undefined;
}

/** What {@link liveActivityStart} takes. */
export interface LiveActivityStartOptions extends LiveActivityOptions {
  /** Name of the app's `ActivityAttributes` type. */
  readonly attributesType: string;
  /** What stays the same throughout. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** What changes, as it is at first: the app decodes it as its `ContentState`. */
  readonly contentState: Readonly<Record<string, unknown>>;
  /** Tells the user of the new activity; Apple wants one with every start. */
  readonly alert: LiveActivityAlert;
  /** Ask for a token to update the new activity by (iOS 18). */
  readonly inputPushToken?: boolean | undefined;
  /** The broadcast channel to subscribe the new activity to (iOS 18). */
  readonly inputPushChannel?: string | undefined;
}

/** What {@link liveActivityUpdate} takes. */
export interface LiveActivityUpdateOptions extends BroadcastableOptions {
  /** The new content, whole: the app decodes it as its `ContentState`. */
  readonly contentState: Readonly<Record<string, unknown>>;
}

/** What {@link liveActivityEnd} takes. */
export interface LiveActivityEndOptions extends BroadcastableOptions {
  /** The last content to show; advised. */
  readonly contentState?: Readonly<Record<string, unknown>> | undefined;
  /** When to remove it from the Lock Screen, within 4 hours; a past date removes it at once. */
  readonly dismissalDate?: Date | undefined;
}

const START = kind("liveActivityStart", "liveactivity");
const UPDATE = kind("liveActivityUpdate", "liveactivity");
const END = kind("liveActivityEnd", "liveactivity");

const LOCALISED = new FieldTable({ locKey: ["loc-key", text], locArgs: ["loc-args", textList] });

const localisable: Encode = (value, field) =>
  typeof value === "string" ? value : LOCALISED.map(jsonObject(value, field));

const ALERT = new FieldTable({
  title: ["title", localisable],
  body: ["body", localisable],
  sound: ["sound", text],
});

const swiftObject: Encode = (value, field) => swiftDates(jsonObject(value, field));

const FIELDS: FieldRules = {
  contentState: ["content-state", swiftObject],
  attributesType: ["attributes-type", text],
  attributes: ["attributes", swiftObject],
  alert: ["alert", (value, field) => ALERT.map(jsonObject(value, field))],
  staleDate: ["stale-date", seconds],
  dismissalDate: ["dismissal-date", seconds],
  relevanceScore: ["relevance-score", finite],
  inputPushToken: ["input-push-token", flag],
  inputPushChannel: ["input-push-channel", text],
};

const APS = new ApsMapping(FIELDS, ["timestamp", "broadcast"]);

/**
 * Starts a Live Activity; goes to the app's push-to-start token (iOS 17.2). Topic suffix `.push-type.liveactivity`,
 * needs a provider token; priority 10 by default, 5 does not count against the budget; at most 4,096 bytes.
 * ("Starting and updating Live Activities with ActivityKit push notifications")
 *
 * @throws InvalidNotification without `attributesType`, `attributes`, `contentState` or `alert`
 */
export function liveActivityStart(options: LiveActivityStartOptions): Notification {
  requiredText(options.attributesType, "attributesType");
  if (options.attributes === undefined) throw missing("attributes");
  if (options.contentState === undefined) throw missing("contentState");
  if (options.alert === undefined) throw missing("alert");
  return assemble(START, aps("start", options), options);
}

/**
 * Updates a Live Activity; goes to its own token or to a broadcast channel. Headers and limits as for the start.
 *
 * @throws InvalidNotification without `contentState`
 */
export function liveActivityUpdate(options: LiveActivityUpdateOptions): Notification {
  if (options.contentState === undefined) throw missing("contentState");
  return assemble(sized(UPDATE, options), aps("update", options), options);
}

/**
 * Ends a Live Activity; goes to its own token or to a broadcast channel. Headers and limits as for the start.
 *
 * @throws InvalidNotification
 */
export function liveActivityEnd(options: LiveActivityEndOptions = {}): Notification {
  return assemble(sized(END, options), aps("end", options), options);
}

function aps(event: "start" | "update" | "end", options: LiveActivityOptions): Record<string, unknown> {
  const timestamp = seconds(options.timestamp ?? new Date(), "timestamp");
  return APS.map(options, { timestamp, event });
}

function sized(base: typeof UPDATE, { broadcast }: BroadcastableOptions): typeof UPDATE {
  return broadcast ? { ...base, sizeLimit: BROADCAST_SIZE_LIMIT } : base;
}
