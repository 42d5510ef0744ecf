import { type Encode, type FieldTable, finite, flag, jsonObject, mapFields, text } from "./fields.ts";

/** The sound of a critical alert, which needs an entitlement from Apple. */
export interface CriticalSound {
  /** Play although the device is muted or in a Focus. */
  readonly critical?: boolean | undefined;
  /** A file in the app, or `default`. */
  readonly name?: string | undefined;
  /** 0 … 1 */
  readonly volume?: number | undefined;
  readonly [key: `${string}-${string}`]: unknown;
}

const SOUND_FIELDS: FieldTable = {
  critical: ["critical", flag],
  name: ["name", text],
  volume: ["volume", finite],
};
const NONE: ReadonlySet<string> = new Set();

export const sound: Encode = (value, field) =>
  typeof value === "string" ? value : mapFields(jsonObject(value, field), SOUND_FIELDS, NONE);
