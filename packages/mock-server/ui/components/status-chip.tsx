import type { Row, Standing } from "../state/row.ts";

const WORDS: Readonly<Record<Standing, string>> = {
  accepted: "Accepted",
  refused: "Refused",
  failed: "Failed",
  unanswered: "No answer",
  waiting: "Waiting",
};

/** Status and reason, as text and colour. */
export function StatusChip({ row }: { row: Row }) {
  const { status, reason } = row.entry;
  const text = status === undefined ? WORDS[row.standing] : `${status}${reason ? ` ${reason}` : ""}`;
  return <span class={`chip ${row.standing}`}>{text}</span>;
}

/** The text of the chip for screen readers. */
export function standingWords(row: Row): string {
  const { status, reason } = row.entry;
  return `${WORDS[row.standing]}${status === undefined ? "" : ` ${status}`}${reason ? ` ${reason}` : ""}`;
}
