import { type FieldRules, FieldTable } from "./field-table.ts";
import { count, invalid, text, textList } from "./fields.ts";
import { define, type JsonObject, jsonObject } from "./json-values.ts";
import { Vocabulary } from "./vocabulary.ts";

/** The texts of `aps.alert` ("Generating a remote notification"). */
export interface AlertText {
  /** Heading, as the user reads it. Use `titleLocKey` for a heading that the app localises. */
  readonly title?: string | undefined;
  /** Second line of the heading, as the user reads it. Use `subtitleLocKey` for a line that the app localises. */
  readonly subtitle?: string | undefined;
  /** The message, as the user reads it. Use `locKey` for a message that the app localises. */
  readonly body?: string | undefined;
  /** Key of a localised title in the app; `titleLocArgs` has the values for its placeholders. */
  readonly titleLocKey?: string | undefined;
  /** Values for the placeholders of `titleLocKey`, in order. */
  readonly titleLocArgs?: readonly string[] | undefined;
  /** Key of a localised subtitle in the app; `subtitleLocArgs` has the values for its placeholders. */
  readonly subtitleLocKey?: string | undefined;
  /** Values for the placeholders of `subtitleLocKey`, in order. */
  readonly subtitleLocArgs?: readonly string[] | undefined;
  /** Key of a localised body in the app; `locArgs` has the values for its placeholders. */
  readonly locKey?: string | undefined;
  /** Values for the placeholders of `locKey`, in order. */
  readonly locArgs?: readonly string[] | undefined;
  /** Key of a localised label of the button that opens the app. */
  readonly actionLocKey?: string | undefined;
  /** Launch image or storyboard. */
  readonly launchImage?: string | undefined;
  /** iOS 12 to 14 show it in the summary of a group. */
  readonly summaryArg?: string | undefined;
  /** How many items it counts for in that summary: a whole number from 0. Goes with `summaryArg`. */
  readonly summaryArgCount?: number | undefined;
}

const RULES: FieldRules = {
  title: ["title", text],
  subtitle: ["subtitle", text],
  body: ["body", text],
  titleLocKey: ["title-loc-key", text],
  titleLocArgs: ["title-loc-args", textList],
  subtitleLocKey: ["subtitle-loc-key", text],
  subtitleLocArgs: ["subtitle-loc-args", textList],
  locKey: ["loc-key", text],
  locArgs: ["loc-args", textList],
  actionLocKey: ["action-loc-key", text],
  launchImage: ["launch-image", text],
  summaryArg: ["summary-arg", text],
  summaryArgCount: ["summary-arg-count", count],
};

const INSIST = "`aps: { alert }` takes any key";

export const ALERT_TEXTS = new FieldTable(RULES, { insist: INSIST });

export const ALERT_TEXT_OPTIONS: readonly string[] = Object.keys(RULES);

const WIRE_KEYS = new Vocabulary(
  Object.values(RULES).map(([key]) => key),
  INSIST,
);

/**
 * The option `alert` as a dictionary of wire keys.
 *
 * @throws InvalidNotification for an empty one, and for keys that look misspelt
 */
export function alertDictionary(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid("alert", "must be a string or an object such as { title, body }", value);
  }
  const given: JsonObject = jsonObject(value, ["alert"]);
  const dictionary: Record<string, unknown> = {};
  for (const key of Object.keys(given)) {
    if (given[key] === undefined) continue;
    WIRE_KEYS.assertMeant(key);
    define(dictionary, key, given[key]);
  }
  return dictionary;
}
