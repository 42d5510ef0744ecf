import type { Outcome } from "apnskit";
import { numbersOf, runsOf } from "./index-runs.ts";

/** A push that did not end as accepted. */
export interface OtherEnd {
  /** Within the range, from 0. */
  readonly index: number;
  readonly result: "rejected" | "unsent" | "unknown";
  /** APNs's reason, or the error's code. */
  readonly reason: string;
  /** Present for a token that APNs calls dead. */
  readonly deadToken?: string;
  /** When APNs last found the token dead, milliseconds since 1970. */
  readonly timestamp?: number;
}

/** What a range's log says. Indices count within the range, from 0. */
export type RangeRecord =
  /** The first worker has found these recipients. */
  | { readonly kind: "begun"; readonly hash: string; readonly at: number }
  /** They may reach the client from now on. */
  | { readonly kind: "handed-out"; readonly indices: readonly number[] }
  | { readonly kind: "accepted"; readonly indices: readonly number[] }
  | { readonly kind: "ended"; readonly ends: readonly OtherEnd[] }
  /** They certainly never left: as if they had not been handed out. */
  | { readonly kind: "returned"; readonly indices: readonly number[] }
  /** A worker has found them handed out without an outcome; `resend`: it hands them out again. */
  | { readonly kind: "in-doubt"; readonly indices: readonly number[]; readonly resend: boolean }
  /** Everybody has an end. */
  | { readonly kind: "finished"; readonly at: number };

const LETTERS = {
  b: "begun",
  h: "handed-out",
  a: "accepted",
  e: "ended",
  r: "returned",
  d: "in-doubt",
  f: "finished",
};

/** One line of text. */
export function writeRecord(record: RangeRecord): string {
  switch (record.kind) {
    case "begun":
      return `b ${record.at} ${record.hash}`;
    case "handed-out":
      return `h ${runsOf(record.indices)}`;
    case "accepted":
      return `a ${runsOf(record.indices)}`;
    case "ended":
      return `e ${JSON.stringify(record.ends)}`;
    case "returned":
      return `r ${runsOf(record.indices)}`;
    case "in-doubt":
      return `d ${record.resend ? "resend" : "leave"} ${runsOf(record.indices)}`;
    case "finished":
      return `f ${record.at}`;
  }
}

/** @returns `undefined` for a record of a later version, or of something else */
export function readRecord(text: string): RangeRecord | undefined {
  const kind = LETTERS[text[0] as keyof typeof LETTERS];
  const rest = text.slice(2);
  const [first = "", second = ""] = rest.split(" ");
  switch (kind) {
    case "begun":
      return { kind, at: Number(first), hash: second };
    case "handed-out":
    case "accepted":
    case "returned":
      return { kind, indices: [...numbersOf(rest)] };
    case "ended":
      return { kind, ends: JSON.parse(rest) as OtherEnd[] };
    case "in-doubt":
      return { kind, resend: first === "resend", indices: [...numbersOf(second)] };
    case "finished":
      return { kind, at: Number(first) };
    default:
      return undefined;
  }
}

/** What is kept of an outcome that is not accepted. */
export function otherEnd(
  index: number,
  outcome: Exclude<Outcome, { readonly result: "accepted" }>,
): OtherEnd {
  const reason = outcome.result === "rejected" ? outcome.reason : outcome.error.code;
  const timestamp = outcome.result === "rejected" ? outcome.timestamp : undefined;
  return {
    index,
    result: outcome.result,
    reason,
    ...(outcome.tokenIsDead && outcome.token !== undefined && { deadToken: outcome.token }),
    ...(timestamp !== undefined && { timestamp }),
  };
}
