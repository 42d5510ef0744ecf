import type { LedgerEntry } from "../../src/ledger/ledger-entry.ts";
import { type AlertTexts, alertTexts } from "./alert-text.ts";
import { apsOf, isObject, type Json, type JsonObject, type Payload, topOf } from "./payload.ts";

/** The behaviour of a device on a push. */
export type Preview =
  | NotificationPreview
  | ActivityPreview
  | { readonly kind: "call"; readonly caller: string; readonly note: string }
  /** The mock server has no pass web service. If it simulates the device, the page may show the pass. */
  | { readonly kind: "wallet"; readonly passType: string; readonly because: string }
  | { readonly kind: "nothing"; readonly because: string };

export interface NotificationPreview extends AlertTexts {
  readonly kind: "notification";
  readonly app: string;
  readonly badge: number | undefined;
  /** Name of the sound; undefined if silent. */
  readonly sound: string | undefined;
  readonly level: "passive" | "active" | "time-sensitive" | "critical";
  readonly relevance: number | undefined;
  readonly threadId: string | undefined;
  readonly category: string | undefined;
  /** An extension of the app may change the notification first, and add an image. */
  readonly mutable: boolean;
  /** Whether the notification has a text to show. */
  readonly hasText: boolean;
  readonly action: string | undefined;
}

export interface ActivityPreview {
  readonly kind: "activity";
  readonly app: string;
  readonly event: string;
  readonly type: string | undefined;
  readonly state: JsonObject;
  readonly attributes: JsonObject;
  readonly alert: AlertTexts;
  readonly staleDate: number | undefined;
  readonly dismissalDate: number | undefined;
}

const SUFFIX = /\.(voip|voip-ptt|complication|location-query|pushkit\.fileprovider|push-type\.\w+)$/;
const LEVELS = ["passive", "active", "time-sensitive", "critical"] as const;

const SILENT: Readonly<Record<string, string>> = {
  background:
    "a background push wakes the app for up to 30 seconds and shows nothing. The system may delay or drop it.",
  location:
    "a location push starts the app's Location Push Service Extension, which reports where the device is.",
  mdm: "an MDM push tells the device to ask its management server for commands.",
  complication: "a complication push gives new data to the app on the watch, which redraws its complication.",
  fileprovider:
    "a File Provider push tells the extension that files changed. The system then asks the extension for them.",
  controls: "a controls push makes the system reload the app's controls.",
  widgets: "a widgets push makes WidgetKit reload the app's widgets, within their budget.",
  pushtotalk:
    "a Push to Talk push wakes the app, which reports who speaks; the system then shows the speaker.",
};

/** Decides how a device would show an accepted request. */
export function previewOf(entry: LedgerEntry, payload: Payload): Preview {
  if (entry.kind === "channel") return nothing("a request to manage channels reaches no device.");
  if (payload.kind === "not-kept") return nothing("the server is set not to keep payloads.");
  const topic = entry.topic ?? "";
  const type = entry.kind === "broadcast" ? "liveactivity" : kindOf(entry, payload);
  if (type === "wallet") {
    const because =
      "Wallet fetches the changed pass from its web service. It shows a notification only if a changed field of the pass has a change message.";
    return { kind: "wallet", passType: topic, because };
  }
  if (payload.kind === "empty") return nothing("the request had no payload.");
  if (payload.kind === "text") return nothing("the payload is not JSON, and a device discards it.");
  const silent = Object.hasOwn(SILENT, type) ? SILENT[type] : undefined;
  if (silent !== undefined) return nothing(silent);
  const app = appName(topic);
  if (type === "voip") return call(app, topOf(payload) ?? {});
  const aps = apsOf(payload);
  if (!aps) return nothing("the payload has no `aps` object, so the system has nothing to show.");
  return type === "liveactivity" ? activity(app, aps) : notification(app, aps);
}

/** The push type. Without a push type, it follows from the content. */
export function kindOf(entry: LedgerEntry, payload: Payload): string {
  const topic = entry.topic ?? "";
  if (/^pass\./.test(topic)) return "wallet";
  if (entry.pushType !== undefined) return entry.pushType;
  const suffix = SUFFIX.exec(topic)?.[1];
  if (suffix === "voip") return "voip";
  if (suffix === "voip-ptt") return "pushtotalk";
  if (suffix === "location-query") return "location";
  if (suffix === "pushkit.fileprovider") return "fileprovider";
  if (suffix !== undefined) return suffix.replace("push-type.", "");
  const top = topOf(payload);
  if (top && "mdm" in top) return "mdm";
  const aps = apsOf(payload);
  const isSilent = aps && "content-available" in aps && !("alert" in aps || "badge" in aps || "sound" in aps);
  return isSilent ? "background" : "alert";
}

/** The last part of the bundle id, as the name of an unknown app. */
export function appName(topic: string): string {
  const bundle = topic.replace(SUFFIX, "");
  const last = bundle.split(".").at(-1) || "App";
  return last.charAt(0).toUpperCase() + last.slice(1);
}

function notification(app: string, aps: JsonObject): Preview {
  const texts = alertTexts(aps.alert);
  const sound = soundOf(aps.sound);
  const badge = typeof aps.badge === "number" ? aps.badge : undefined;
  const hasText = Boolean(texts.title || texts.subtitle || texts.body);
  if (!hasText && badge === undefined && sound === undefined) {
    return nothing(
      aps["content-available"] === 1
        ? "there is no alert, badge or sound: the push only wakes the app in the background."
        : "there is no alert, badge or sound in `aps`.",
    );
  }
  const level = LEVELS.find((each) => each === aps["interruption-level"]) ?? "active";
  return {
    kind: "notification",
    app,
    ...texts,
    badge,
    sound,
    level,
    relevance: typeof aps["relevance-score"] === "number" ? aps["relevance-score"] : undefined,
    threadId: textOf(aps["thread-id"]),
    category: textOf(aps.category),
    mutable: aps["mutable-content"] === 1 && hasText,
    hasText,
    action: isObject(aps.alert) ? textOf(aps.alert.action) : undefined,
  };
}

function activity(app: string, aps: JsonObject): Preview {
  const event = textOf(aps.event);
  if (event === undefined) return nothing("`aps.event` is missing: it must be start, update or end.");
  return {
    kind: "activity",
    app,
    event,
    type: textOf(aps["attributes-type"]),
    state: isObject(aps["content-state"]) ? aps["content-state"] : {},
    attributes: isObject(aps.attributes) ? aps.attributes : {},
    alert: alertTexts(aps.alert),
    staleDate: dateOf(aps["stale-date"]),
    dismissalDate: dateOf(aps["dismissal-date"]),
  };
}

const CALLER_KEYS = [
  "caller",
  "callerName",
  "caller_name",
  "callername",
  "from",
  "name",
  "handle",
  "displayName",
];

function call(app: string, top: JsonObject): Preview {
  const found = CALLER_KEYS.map((key) => top[key]).find((value) => typeof value === "string" && value !== "");
  const note = found
    ? "The app reports this call to CallKit, with a name from the payload."
    : "The app reports a call to CallKit. The app chooses the text.";
  return { kind: "call", caller: typeof found === "string" ? found : app, note };
}

function soundOf(sound: Json | undefined): string | undefined {
  if (typeof sound === "string" && sound !== "") return sound;
  if (!isObject(sound)) return undefined;
  const name = textOf(sound.name) ?? "default";
  return sound.critical === 1 ? `${name}, critical` : name;
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function dateOf(value: Json | undefined): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function nothing(because: string): Preview {
  return { kind: "nothing", because };
}
