import { FieldTable } from "./field-table.ts";
import { type Encode, finite, flag, invalid, text } from "./fields.ts";

/** The sound of a critical alert, which needs an entitlement from Apple. */
export interface CriticalSound {
  /** Plays even if the device is muted or in a Focus. */
  readonly critical?: boolean | undefined;
  /** A file in the app, or `default`. */
  readonly name?: string | undefined;
  /** 0 … 1 */
  readonly volume?: number | undefined;
  /** A key under its wire name, such as one that Apple added later: it passes through unchanged. */
  readonly [key: `${string}-${string}`]: unknown;
}

const SOUND = new FieldTable(
  { critical: ["critical", flag], name: ["name", text], volume: ["volume", finite] },
  { insist: "`aps: { sound }` takes any key" },
);

/** @throws InvalidNotification */
export const sound: Encode = (value, field) => {
  if (typeof value === "string") return value;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return SOUND.map(value, {}, `${field}.`);
  }
  throw invalid(
    field,
    'must be the name of a file in the app, "default", or an object for a critical sound',
    value,
  );
};
