import { InvalidNotification } from "../errors.ts";
import { type Encode, text } from "./fields.ts";
import { intended } from "./spelling.ts";

/** How strongly the system may interrupt the user. */
export type InterruptionLevel = "passive" | "active" | "time-sensitive" | "critical" | (string & {});

const LEVELS = ["passive", "active", "time-sensitive", "critical"];

/**
 * Accepts levels that Apple adds later, but not misspelt known ones: the system would take those for
 * `active`.
 *
 * @throws InvalidNotification
 */
export const interruptionLevel: Encode = (value, field) => {
  const level = text(value, field) as string;
  if (LEVELS.includes(level)) return level;
  const meant = intended(level, LEVELS);
  if (meant === undefined) return level;
  throw new InvalidNotification(field, "invalid", `is none of Apple's levels; did you mean "${meant}"?`);
};
