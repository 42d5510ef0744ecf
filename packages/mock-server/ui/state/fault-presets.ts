import type { ConnectionAction, Fault } from "../../src/faults/fault.ts";

/** A button: a fault for later requests, or an action on the open connections now. */
export type FaultPreset =
  | { readonly label: string; readonly does: string; readonly inject: Fault }
  | { readonly label: string; readonly does: string; readonly strike: ConnectionAction };

/** The most common faults. */
export const FAULT_PRESETS: readonly FaultPreset[] = [
  preset("Service down, 3 times", "The next three get 503 ServiceUnavailable.", {
    kind: "answer",
    reason: "ServiceUnavailable",
    times: 3,
  }),
  preset("App was removed", "The next push gets 410 Unregistered.", {
    kind: "answer",
    reason: "Unregistered",
    times: 1,
  }),
  preset("Too many requests", "One in ten gets 429.", {
    kind: "answer",
    reason: "TooManyRequests",
    share: 0.1,
  }),
  preset("Expired provider token", "The next request gets 403 ExpiredProviderToken.", {
    kind: "answer",
    reason: "ExpiredProviderToken",
    times: 1,
  }),
  preset("Slow", "Each answer takes 500 ms longer.", { kind: "latency", latency: 500 }),
  preset("A real network", "Half within 40 ms, 99 of 100 within 250 ms.", {
    kind: "latency",
    latency: { median: 40, p99: 250 },
  }),
  preset("No answer", "The next request never gets an answer.", { kind: "stall", times: 1 }),
  preset("Delivered, no answer", "The next push goes out, and its connection drops.", {
    kind: "drop",
    acted: true,
    times: 1,
  }),
  preset("Reset stream", "The next stream is reset as REFUSED_STREAM.", {
    kind: "reset",
    code: "REFUSED_STREAM",
    times: 1,
  }),
  preset("Refuse connections", "New connections are closed before TLS.", { kind: "refuse" }),
  {
    label: "GOAWAY now",
    does: "All open connections get GOAWAY Shutdown.",
    strike: { kind: "goaway", reason: "Shutdown" },
  },
  {
    label: "Silence now",
    does: "All open connections fall silent, PINGs included.",
    strike: { kind: "stall" },
  },
  { label: "Drop now", does: "All open connections close without GOAWAY.", strike: { kind: "drop" } },
];

function preset(label: string, does: string, inject: Fault): FaultPreset {
  return { label, does, inject };
}
