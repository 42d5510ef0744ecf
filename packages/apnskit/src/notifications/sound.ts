import { type Encode, FieldTable, finite, flag, jsonObject, text } from "./fields.ts";

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

const SOUND = new FieldTable({
  critical: ["critical", flag],
  name: ["name", text],
  volume: ["volume", finite],
});

export const sound: Encode = (value, field) =>
  typeof value === "string" ? value : SOUND.map(jsonObject(value, field));
