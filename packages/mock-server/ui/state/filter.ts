import type { Row } from "./row.ts";

export type StandingFilter = "all" | "accepted" | "refused" | "unanswered" | "waiting";

/** Selects the requests that the list shows. */
export interface Filter {
  /**
   * Words that must all occur. `reason:…`, `topic:…`, `token:…`, `id:…`, `type:…`, `collapse:…` and `fault:…`
   * search one field.
   */
  readonly text: string;
  readonly standing: StandingFilter;
  /** A push type, `broadcast`, `channel`; "" for all. */
  readonly type: string;
  readonly topic: string;
}

export const NO_FILTER: Filter = { text: "", standing: "all", type: "", topic: "" };

type Field = (row: Row) => string | undefined;

const FIELDS: Readonly<Record<string, Field>> = {
  reason: ({ entry }) => entry.reason,
  topic: ({ entry }) => entry.topic,
  token: ({ entry }) => entry.token,
  id: ({ entry }) => entry.apnsId,
  type: ({ entry }) => entry.pushType ?? entry.kind,
  collapse: ({ entry }) => entry.collapseId,
  fault: ({ entry }) => entry.fault,
  status: ({ entry }) => (entry.status === undefined ? undefined : String(entry.status)),
  connection: ({ entry }) => String(entry.connection),
};

/** Returns the test that rows must pass. */
export function matcher(filter: Filter): (row: Row) => boolean {
  const words = filter.text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "")
    .map(wordTest);
  return (row) =>
    hasStanding(row, filter.standing) &&
    (filter.type === "" ||
      (row.entry.kind === "push" ? (row.entry.pushType ?? "none") : row.entry.kind) === filter.type) &&
    (filter.topic === "" || row.entry.topic === filter.topic) &&
    words.every((test) => test(row));
}

export function isNarrowed(filter: Filter): boolean {
  return filter.text.trim() !== "" || filter.standing !== "all" || filter.type !== "" || filter.topic !== "";
}

function hasStanding({ standing }: Row, wanted: StandingFilter): boolean {
  if (wanted === "all") return true;
  return standing === wanted || (wanted === "refused" && standing === "failed");
}

function wordTest(word: string): (row: Row) => boolean {
  const at = word.indexOf(":");
  const name = word.slice(0, at);
  if (at > 0 && Object.hasOwn(FIELDS, name)) {
    const field = FIELDS[name]!;
    const value = word.slice(at + 1);
    // A number must be the whole number: status:4 is not 404.
    if (name === "status" || name === "connection") return (row) => value === "" || field(row) === value;
    return (row) => field(row)?.toLowerCase().includes(value) ?? false;
  }
  return (row) => row.searchText.includes(word);
}
