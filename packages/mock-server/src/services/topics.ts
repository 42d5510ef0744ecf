/** Suffix of the topic for each push type ("Sending notification requests to APNs"). */
export const TOPIC_SUFFIXES = {
  /** For the user: alert, badge or sound. The bare bundle id. */
  alert: "",
  /** Wakes the app without telling the user. The bare bundle id. */
  background: "",
  /** Calls a managed device. The topic is the user id in the certificate's subject. */
  mdm: "",
  /** ClockKit complications. */
  complication: ".complication",
  /** Reloads WidgetKit controls. */
  controls: ".push-type.controls",
  /** Tells a File Provider extension of changes. */
  fileprovider: ".pushkit.fileprovider",
  /** Starts, updates or ends a Live Activity. */
  liveactivity: ".push-type.liveactivity",
  /** Asks a Location Push Service Extension for the device's location. */
  location: ".location-query",
  /** The Push to Talk framework. */
  pushtotalk: ".voip-ptt",
  /** Incoming calls, by PushKit. */
  voip: ".voip",
  /** Reloads WidgetKit widgets. */
  widgets: ".push-type.widgets",
} as const;

/** The values of `apns-push-type`. */
export type PushType = keyof typeof TOPIC_SUFFIXES;

const SUFFIXES: readonly string[] = Object.values(TOPIC_SUFFIXES).filter((suffix) => suffix !== "");

export function isPushType(text: string): text is PushType {
  return Object.hasOwn(TOPIC_SUFFIXES, text);
}

/** The suffix that a topic ends in, or "". */
export function suffixOf(topic: string): string {
  return SUFFIXES.find((suffix) => topic.endsWith(suffix)) ?? "";
}

/** The topic without its suffix. */
export function bundleIdOf(topic: string): string {
  return topic.slice(0, topic.length - suffixOf(topic).length);
}

/**
 * Whether a topic has the form of a bundle id: letters, digits, hyphens, dots (and, leniently, underscores).
 */
export function isWellFormed(topic: string): boolean {
  return topic.length <= 255 && /^[A-Za-z0-9][\w.-]*$/.test(topic);
}
