import type { LedgerEntry } from "../../src/ledger/ledger-entry.ts";

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** The body of a request. */
export type Payload =
  | { readonly kind: "not-kept" | "empty" }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "json"; readonly value: Json };

export function readPayload(text: string | undefined): Payload {
  if (text === undefined) return { kind: "not-kept" };
  if (text === "") return { kind: "empty" };
  try {
    return { kind: "json", value: JSON.parse(text) as Json };
  } catch {
    return { kind: "text", text };
  }
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The top level of a payload that is a JSON object. */
export function topOf(payload: Payload): JsonObject | undefined {
  return payload.kind === "json" && isObject(payload.value) ? payload.value : undefined;
}

/** Apple's part of the payload. */
export function apsOf(payload: Payload): JsonObject | undefined {
  const aps = topOf(payload)?.aps;
  return isObject(aps) ? aps : undefined;
}

/** Largest body in bytes ("Sending notification requests to APNs", "Sending broadcast push notification requests to APNs"). */
export function limitOf({ kind, pushType }: Pick<LedgerEntry, "kind" | "pushType">): number {
  return kind === "broadcast" || pushType === "voip" ? 5120 : 4096;
}
