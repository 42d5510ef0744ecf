import { count, type FieldRules, FieldTable, text, textList } from "./fields.ts";

/** The texts of `aps.alert` ("Generating a remote notification"). */
export interface AlertText {
  readonly title?: string | undefined;
  readonly subtitle?: string | undefined;
  readonly body?: string | undefined;
  /** Key of a localised title in the app, with the values for its placeholders. */
  readonly titleLocKey?: string | undefined;
  readonly titleLocArgs?: readonly string[] | undefined;
  readonly subtitleLocKey?: string | undefined;
  readonly subtitleLocArgs?: readonly string[] | undefined;
  /** Key of a localised body in the app, with the values for its placeholders. */
  readonly locKey?: string | undefined;
  readonly locArgs?: readonly string[] | undefined;
  /** Launch image or storyboard. */
  readonly launchImage?: string | undefined;
  /** Shown by iOS 12 to 14 in the summary of a group. */
  readonly summaryArg?: string | undefined;
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
  launchImage: ["launch-image", text],
  summaryArg: ["summary-arg", text],
  summaryArgCount: ["summary-arg-count", count],
};

export const ALERT_TEXTS = new FieldTable(RULES);

export const ALERT_TEXT_OPTIONS: readonly string[] = Object.keys(RULES);
