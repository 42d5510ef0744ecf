import { describe, expect, test } from "vitest";
import { nextPhase, type PhaseChange, type SessionPhase } from "../src/session-phase.ts";

const table: Record<SessionPhase, Record<PhaseChange, SessionPhase>> = {
  "awaiting-settings": { settings: "open", goaway: "going-away", end: "closed" },
  open: { settings: "open", goaway: "going-away", end: "closed" },
  "going-away": { settings: "going-away", goaway: "going-away", end: "closed" },
  closed: { settings: "closed", goaway: "closed", end: "closed" },
};

describe.each(Object.entries(table))("from %s", (phase, changes) => {
  test.each(Object.entries(changes))("%s leads to %s", (change, expected) => {
    expect(nextPhase(phase as SessionPhase, change as PhaseChange)).toBe(expected);
  });
});
