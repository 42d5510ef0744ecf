import { isObject, type Json, type JsonObject } from "./payload.ts";

/** A text of a notification: literal text, or a key of the app's translations. */
export type AlertText =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "localised"; readonly key: string; readonly args: readonly string[] };

export interface AlertTexts {
  readonly title: AlertText | undefined;
  readonly subtitle: AlertText | undefined;
  readonly body: AlertText | undefined;
}

/** The texts of `aps.alert`, in both of its forms and in the form of Live Activities. */
export function alertTexts(alert: Json | undefined): AlertTexts {
  if (typeof alert === "string") return { title: undefined, subtitle: undefined, body: literal(alert) };
  if (!isObject(alert)) return { title: undefined, subtitle: undefined, body: undefined };
  return {
    title: part(alert, "title", "title-loc-key", "title-loc-args"),
    subtitle: part(alert, "subtitle", "subtitle-loc-key", "subtitle-loc-args"),
    body: part(alert, "body", "loc-key", "loc-args"),
  };
}

/** The text as one line. */
export function plain(text: AlertText | undefined): string {
  if (text === undefined) return "";
  if (text.kind === "literal") return text.text;
  return text.args.length === 0 ? text.key : `${text.key}(${text.args.join(", ")})`;
}

function part(alert: JsonObject, name: string, keyName: string, argsName: string): AlertText | undefined {
  const value = alert[name];
  const key = alert[keyName];
  // A device prefers the translation.
  if (typeof key === "string") return { kind: "localised", key, args: texts(alert[argsName]) };
  if (isObject(value) && typeof value["loc-key"] === "string") {
    return { kind: "localised", key: value["loc-key"], args: texts(value["loc-args"]) };
  }
  return typeof value === "string" && value !== "" ? literal(value) : undefined;
}

function literal(text: string): AlertText | undefined {
  return text === "" ? undefined : { kind: "literal", text };
}

function texts(value: Json | undefined): string[] {
  return Array.isArray(value)
    ? value.map((each) => (typeof each === "string" ? each : JSON.stringify(each)))
    : [];
}
