import type { PushType } from "apnskit";

/** Keys of `aps` that the user notices. */
const FOR_THE_USER = ["alert", "badge", "sound"];

/**
 * Topics whose notifications have a fixed push type, independent of the payload ("Sending notification
 * requests to APNs").
 */
const BY_TOPIC: readonly (readonly [RegExp, PushType])[] = [
  [/^com\.apple\.mgmt\./, "mdm"],
  [/\.voip$/, "voip"],
  [/\.complication$/, "complication"],
];

/** The push type of all notifications of a topic; `undefined` if the payload decides. */
export function pushTypeOfTopic(topic: string): PushType | undefined {
  return BY_TOPIC.find(([pattern]) => pattern.test(topic))?.[1];
}

/** The push type that a payload asks for: `background` for `content-available` alone, else `alert`. */
export function pushTypeOfPayload(payload: object): "alert" | "background" {
  const { aps } = payload as { readonly aps?: unknown };
  if (typeof aps !== "object" || aps === null) return "alert";
  const keys = aps as Readonly<Record<string, unknown>>;
  const wakes = keys["content-available"] === 1 || keys["content-available"] === true;
  const shows = FOR_THE_USER.some((key) => keys[key] !== undefined && keys[key] !== null);
  return wakes && !shows ? "background" : "alert";
}
