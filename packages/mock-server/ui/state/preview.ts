import type { LedgerEntry } from "../../src/ledger/ledger-entry.ts";
import { type AlertTexts, alertTexts } from "./alert-text.ts";
import { apsOf, isObject, type Json, type JsonObject, type Payload, topOf } from "./payload.ts";

/** What a device would do with a push. */
export type Preview =
  | NotificationPreview
  | ActivityPreview
  | { readonly kind: "call"; readonly caller: string; readonly note: string }
  /** The service side of a pass is not the mock server's; a device that plays it may show the pass here. */
  | { readonly kind: "wallet"; readonly passType: string; readonly because: string }
  | { readonly kind: "nothing"; readonly because: string };

export interface NotificationPreview extends AlertTexts {
  readonly kind: "notification";
  readonly app: string;
  readonly badge: number | undefined;
  /** Name of the sound; undefined: silent. */
  readonly sound: string | undefined;
  readonly level: "passive" | "active" | "time-sensitive" | "critical";
  readonly relevance: number | undefined;
  readonly threadId: string | undefined;
  readonly category: string | undefined;
  /** An extension of the app may change it first, and add an image. */
  readonly mutable: boolean;
  /** Whether there is a text, and so something to show. */
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
    "a background push wakes the app for up to 30 seconds and shows nothing. The system may delay it or leave it out.",
  location:
    "a location push starts the app's Location Push Service Extension, which reports where the device is.",
  mdm: "an MDM push tells the device to ask its management server for commands.",
  complication: "a complication push hands new data to the app on the watch, which redraws its complication.",
  fileprovider:
    "a File Provider push tells the extension that files changed, and the system asks it for them.",
  controls: "a controls push has the system reload the app's controls.",
  widgets: "a widgets push has WidgetKit reload the app's widgets, within their budget.",
  pushtotalk:
    "a Push to Talk push wakes the app, which reports who speaks; the system then shows the speaker.",
};

/** Decides what a device would show of a request that was accepted. */
export function previewOf(entry: LedgerEntry, payload: Payload): Preview {
  if (entry.kind === "channel") return nothing("a request to manage channels reaches no device.");
  if (payload.kind === "not-kept") return nothing("the server was told not to keep payloads.");
  const topic = entry.topic ?? "";
  const type = entry.kind === "broadcast" ? "liveactivity" : kindOf(entry, payload);
  if (type === "wallet") {
    const because =
      "Wallet fetches the changed pass from its web service. It shows a notification only if a changed field of the pass has a change message.";
    return { kind: "wallet", passType: topic, because };
  }
  if (payload.kind === "empty") return nothing("the request had no payload.");
  if (payload.kind === "text") return nothing("the payload is not JSON, and a device throws it away.");
  const silent = Object.hasOwn(SILENT, type) ? SILENT[type] : undefined;
  if (silent !== undefined) return nothing(silent);
  const app = appName(topic);
  if (type === "voip") return call(app, topOf(payload) ?? {});
  const aps = apsOf(payload);
  if (!aps) return nothing("the payload has no `aps` object, so the system has nothing to show.");
  return type === "liveactivity" ? activity(app, aps) : notification(app, aps);
}

/** The push type, or what the content makes of it if there is none. */
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

/** The last word of the bundle id, as a name for an app that is not known. */
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
        ? "there is no alert, badge or sound: the app is only woken in the background."
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
    ? "The app reports this call to CallKit, with a name that it takes from the payload."
    : "The app reports a call to CallKit. What it shows is up to the app.";
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
