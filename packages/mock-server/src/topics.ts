/** Suffix that the topic has for each push type ("Sending notification requests to APNs"). */
export const TOPIC_SUFFIXES = {
  alert: "",
  background: "",
  mdm: "",
  complication: ".complication",
  controls: ".push-type.controls",
  fileprovider: ".pushkit.fileprovider",
  liveactivity: ".push-type.liveactivity",
  location: ".location-query",
  pushtotalk: ".voip-ptt",
  voip: ".voip",
  widgets: ".push-type.widgets",
} as const;

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

/** Whether a topic has the form of a bundle id: letters, digits, hyphens and dots (and underscores, out of mercy). */
export function isWellFormed(topic: string): boolean {
  return topic.length <= 255 && /^[A-Za-z0-9][\w.-]*$/.test(topic);
}
