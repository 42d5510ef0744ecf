import { setTimeout as sleep } from "node:timers/promises";
import { originOf } from "../host-addresses.ts";
import { type ReceivedOptions, receivedShape } from "../ledger/ledger.ts";
import type { LedgerEntry } from "../ledger/ledger-entry.ts";
import { printable } from "../printable.ts";
import { controlPortOf, type Flags } from "./flags.ts";
import { logLine, logRecord } from "./log-line.ts";

/** The most milliseconds to wait, for the server alone and for requests. */
const TIMEOUT = 30_000;
const LOOK_INTERVAL = 100;

/** Exit codes of `--wait`. */
const CAME = 0;
const DID_NOT_COME = 1;

/**
 * Waits for a server that another process runs, and then for requests, if the words name any.
 *
 * @returns the exit code
 * @throws InvalidMockInput for invalid words
 */
export async function waitFor(flags: Flags, print: (line: string) => void): Promise<number> {
  const { timeout = TIMEOUT, ...query } = readWords(flags.wait === true ? "" : flags.wait!);
  const origin = originOf("http", flags.controlHost, controlPortOf(flags));
  const deadline = performance.now() + timeout;
  while (!(await isUp(origin))) {
    if (performance.now() + LOOK_INTERVAL > deadline) {
      console.error(`apnskit-mock: no server answers at ${origin} within ${timeout} ms`);
      return DID_NOT_COME;
    }
    await sleep(LOOK_INTERVAL);
  }
  if (Object.keys(query).length === 0) return CAME;
  const left = timeout === Infinity ? {} : { timeout: Math.max(0, deadline - performance.now()) };
  const response = await fetch(`${origin}/ledger/wait`, {
    method: "POST",
    body: JSON.stringify({ ...query, ...left }),
  });
  const answer = (await response.json()) as { entries?: LedgerEntry[]; error?: string };
  if (!answer.entries) {
    console.error(
      `apnskit-mock: ${printable(answer.error ?? `the server answered ${response.status}`, 1000)}`,
    );
    return DID_NOT_COME;
  }
  const options = { payloads: flags.showPayloads === true };
  for (const entry of flags.quiet ? [] : answer.entries) {
    print(flags.json ? logRecord(entry, options) : logLine(entry, options));
  }
  return CAME;
}

function readWords(words: string): ReceivedOptions {
  const parts = words.split(",").filter((part) => part.trim() !== "");
  return receivedShape.read(
    parts.map((part): [string, string | undefined] => {
      const at = part.indexOf("=");
      return at < 0 ? [part.trim(), undefined] : [part.slice(0, at).trim(), part.slice(at + 1).trim()];
    }),
  );
}

async function isUp(origin: string): Promise<boolean> {
  try {
    const response = await fetch(`${origin}/healthz`);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
