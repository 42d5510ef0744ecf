import { InvalidNotification } from "../errors.ts";
import { invalid } from "./fields.ts";

/** The most characters of a topic. Apple names no limit; bundle identifiers are far shorter. */
export const TOPIC_LIMIT = 255;

/**
 * Letters, digits, hyphens and underscores between dots. No part is empty, so no path contains `.` or `..`.
 */
const DOTTED = /^[\w-]+(?:\.[\w-]+)*$/;

/**
 * Checks a topic for a header, or for the path of a broadcast.
 *
 * @throws InvalidNotification
 */
export function checkTopic(topic: unknown): string {
  if (topic === lastTopic && lastTopic !== undefined) return lastTopic;
  lastTopic = checkDotted(topic, "topic");
  return lastTopic;
}

/** A million notifications usually have one topic. */
let lastTopic: string | undefined;

/**
 * Checks the suffix that a push type adds to a topic, such as `.voip`; may be empty.
 *
 * @throws InvalidNotification
 */
export function checkTopicSuffix(suffix: unknown): string {
  if (suffix !== "")
    checkDotted(typeof suffix === "string" ? suffix.replace(/^\./, "") : suffix, "topicSuffix");
  return suffix as string;
}

function checkDotted(value: unknown, field: string): string {
  if (typeof value !== "string") throw invalid(field, "must be a string", value);
  if (value.length > TOPIC_LIMIT) {
    throw new InvalidNotification(
      field,
      "too-large",
      `must have at most ${TOPIC_LIMIT} characters; received ${value.length}`,
    );
  }
  if (DOTTED.test(value)) return value;
  const rule = "must be visible ASCII: letters, digits, hyphens and underscores between single dots";
  throw new InvalidNotification(field, "invalid", `${rule}${hint(value)}`);
}

function hint(value: string): string {
  if (value === "") return "; received an empty string";
  const trimmed = value.trim();
  if (trimmed !== value && DOTTED.test(trimmed)) return "; remove the blanks at its ends with trim()";
  return value.includes("*") ? "; a wildcard stands for many apps, a topic is one bundle identifier" : "";
}
