import type { LedgerEntry } from "../../src/ledger/ledger-entry.ts";
import { plain } from "./alert-text.ts";
import type { Payload } from "./payload.ts";
import { kindOf, previewOf } from "./preview.ts";

const WHAT: Readonly<Record<string, string>> = {
  background: "Wakes the app in the background",
  location: "Asks where the device is",
  mdm: "Makes the device contact its management server",
  complication: "Updates a complication",
  fileprovider: "Reports changed files",
  controls: "Reloads controls",
  widgets: "Reloads widgets",
  pushtotalk: "Push to Talk",
};
const LONGEST = 200;

/** One line about a push: its title, or its effect. */
export function summaryOf(entry: LedgerEntry, payload: Payload): string {
  const line = describe(entry, payload).replace(/\s+/g, " ").trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}

function describe(entry: LedgerEntry, payload: Payload): string {
  if (entry.kind === "channel") return `${entry.method} ${entry.path}`;
  const preview = previewOf(entry, payload);
  switch (preview.kind) {
    case "notification": {
      const text = [plain(preview.title), plain(preview.subtitle), plain(preview.body)].filter(
        (part) => part !== "",
      );
      if (text.length > 0) return text.join(" · ");
      const parts = [
        preview.badge === undefined ? "" : `Badge ${preview.badge}`,
        preview.sound ? "Sound" : "",
      ];
      return parts.filter((part) => part !== "").join(", ");
    }
    case "activity":
      return `Live Activity ${preview.event}${preview.type ? ` · ${preview.type}` : ""}`;
    case "call":
      return `Call from ${preview.caller}`;
    case "wallet":
      return "Wallet pass changed";
    case "nothing": {
      const what = WHAT[kindOf(entry, payload)];
      if (what !== undefined && payload.kind === "json") return what;
      if (payload.kind === "not-kept") return what ?? "Payload not kept";
      return payload.kind === "empty"
        ? "No payload"
        : payload.kind === "text"
          ? "Payload is not JSON"
          : "Shows nothing";
    }
  }
}
