import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ClientRecord } from "@apnskit/legacy-gateway";
import { fileProblem, oneLine, usage } from "../failure.ts";
import type { Output } from "../output/output.ts";

/** The path of a gateway's report. */
const FILE = "clients.json";

/** Reads the report that a gateway writes each minute and at its end. @throws CommandFailure */
export function readReport(stateFolder: string): ClientRecord[] {
  const path = join(stateFolder, FILE);
  try {
    return JSON.parse(readFileSync(path, "utf8")) as ClientRecord[];
  } catch (error) {
    if (error instanceof SyntaxError) throw usage(`${path}: not JSON`, { cause: error });
    throw usage(`${path}: ${fileProblem(error)}; a gateway writes it each minute`, { cause: error });
  }
}

/** Prints the clients that still use the binary protocol, busiest first. */
export function printReport(records: readonly ClientRecord[], output: Output): void {
  if (output.json) {
    for (const record of records) output.record(record);
    return;
  }
  if (records.length === 0) {
    output.line("no client has connected");
    return;
  }
  const head = [
    "app",
    "address",
    "client",
    "TLS",
    "command 0",
    "command 1",
    "command 2",
    "feedback",
    "last seen",
  ];
  const rows = records.map((one) => [
    oneLine(one.app),
    oneLine(one.address),
    oneLine(one.commonName ?? one.fingerprint?.slice(0, 16) ?? "no certificate"),
    one.tls,
    ...[one.commands[0], one.commands[1], one.commands[2], one.feedbackConnections].map(String),
    new Date(one.lastSeen).toISOString(),
  ]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  );
  for (const row of [head, ...rows]) {
    output.line(
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    );
  }
}
