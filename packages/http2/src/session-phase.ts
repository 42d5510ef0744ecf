/**
 * Where a session is in its life:
 *
 *     awaiting-settings ──first SETTINGS──▶ open ──GOAWAY──▶ going-away ──▶ closed
 *            ├──────────────GOAWAY──────────────────────────────▲             ▲
 *            └──────────── an error, or abandon; the same from every phase ───┘
 */
export type SessionPhase = "awaiting-settings" | "open" | "going-away" | "closed";

/** What moves a session to another phase. */
export type PhaseChange = "settings" | "goaway" | "end";

/** The phase after a change. */
export function nextPhase(phase: SessionPhase, change: PhaseChange): SessionPhase {
  if (phase === "closed" || change === "end") return "closed";
  if (change === "goaway") return "going-away";
  return phase === "awaiting-settings" ? "open" : phase;
}
