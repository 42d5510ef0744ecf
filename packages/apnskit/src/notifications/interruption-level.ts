import { InvalidNotification } from "../errors.ts";
import { type Encode, text } from "./fields.ts";
import { intended } from "./spelling.ts";

/** How strongly the system may interrupt the user. */
export type InterruptionLevel = "passive" | "active" | "time-sensitive" | "critical" | (string & {});

const LEVELS = ["passive", "active", "time-sensitive", "critical"];

/**
 * Levels that Apple adds later pass. A known one misspelt does not: the system would take it for `active`.
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
