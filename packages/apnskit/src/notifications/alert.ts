import { InvalidNotification } from "../errors.ts";
import { ALERT_TEXT_OPTIONS, ALERT_TEXTS, type AlertText, alertDictionary } from "./alert-text.ts";
import type { FieldRules } from "./field-table.ts";
import { count, finite, flag, missing, text } from "./fields.ts";
import type { HeaderOptions } from "./header-options.ts";
import { type InterruptionLevel, interruptionLevel } from "./interruption-level.ts";
import { KINDS } from "./kinds.ts";
import type { Named } from "./named.ts";
import type { Notification } from "./notification.ts";
import { assertOptions } from "./options-object.ts";
import { ApsMapping, assemble, type PayloadOptions } from "./payload.ts";
import { type CriticalSound, sound } from "./sound.ts";

/**
 * An alert: texts, badge, sound, and how to show them. Keys that Apple adds later may be passed as they are.
 */
export interface AlertOptions extends AlertText, PayloadOptions, HeaderOptions {
  /** The alert as one text, or as a dictionary of wire keys that the text options complete. */
  readonly alert?: string | object | undefined;
  /** Number on the app's icon; 0 removes it. */
  readonly badge?: number | undefined;
  /** A file in the app, `default`, or a critical sound. */
  readonly sound?: string | CriticalSound | Named<CriticalSound> | undefined;
  /** Groups notifications. */
  readonly threadId?: string | undefined;
  /** The set of actions that the app registered. */
  readonly category?: string | undefined;
  /** Also wakes the app in the background. */
  readonly contentAvailable?: boolean | undefined;
  /** Lets the app's notification service extension change the notification first. */
  readonly mutableContent?: boolean | undefined;
  /** The window or scene to bring forward. */
  readonly targetContentId?: string | undefined;
  /** By default the system takes `active`. `time-sensitive` and `critical` need an entitlement of the app. */
  readonly interruptionLevel?: InterruptionLevel | undefined;
  /** 0 … 1: place in the notification summary. */
  readonly relevanceScore?: number | undefined;
  /** The app's Focus filter compares it. */
  readonly filterCriteria?: string | undefined;
}

const FIELDS: FieldRules = {
  badge: ["badge", count],
  sound: ["sound", sound],
  threadId: ["thread-id", text],
  category: ["category", text],
  contentAvailable: ["content-available", flag],
  mutableContent: ["mutable-content", flag],
  targetContentId: ["target-content-id", text],
  interruptionLevel: ["interruption-level", interruptionLevel],
  relevanceScore: ["relevance-score", finite],
  filterCriteria: ["filter-criteria", text],
};

const APS = new ApsMapping(FIELDS, [...ALERT_TEXT_OPTIONS, "alert"]);

/**
 * A notification that the user sees or hears. Priority 10 by default; at most 4,096 bytes.
 *
 * @throws InvalidNotification when it has no alert, badge or sound, or an option is invalid
 */
export function alert(options: AlertOptions | Named<AlertOptions>): Notification {
  assertOptions(options, '{ title: "Hello" }');
  const content = alertContent(options);
  const aps = APS.map(options, content === undefined ? {} : { alert: content });
  if (aps.alert === undefined && aps.badge === undefined && aps.sound === undefined) {
    throw missing("alert, badge or sound");
  }
  return assemble(KINDS.alert, aps, options);
}

function alertContent(options: Named<AlertOptions>): string | Record<string, unknown> | undefined {
  const texts = ALERT_TEXTS.mapKnown(options);
  if (options.alert === undefined) return texts;
  if (typeof options.alert === "string") {
    if (texts !== undefined) {
      const rule = "is one text already; leave it out, or the other texts";
      throw new InvalidNotification("alert", "conflict", rule);
    }
    return options.alert;
  }
  const content = { ...alertDictionary(options.alert), ...texts };
  if (Object.keys(content).length > 0) return content;
  throw new InvalidNotification("alert", "missing", "has no text; give title or body, or leave it out");
}
