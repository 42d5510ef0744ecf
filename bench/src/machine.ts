import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";
import { findProgram } from "@apnskit/testkit/peers";
import { ROSTER } from "./roster.ts";

/** The machine of a run. Numbers mean nothing without it. */
export interface Machine {
  processor: string;
  cores: number;
  memoryBytes: number;
  system: string;
  /** Load average over the minute before the run. A value near `cores` spoils rates. */
  load: number;
  /** Versions of Node.js and of every other client. */
  versions: Record<string, string>;
  /** ISO 8601. */
  date: string;
}

export function thisMachine(): Machine {
  const versions: Record<string, string> = {
    "node.js": process.versions.node,
    openssl: process.versions.openssl,
  };
  for (const { package: name } of ROSTER) if (name !== undefined) versions[name] = installedVersion(name);
  const h2load = findProgram("h2load", "nghttp2");
  if (h2load.installed) {
    const output = execFileSync(h2load.path, ["--version"], { encoding: "utf8" });
    versions.h2load = /\d+\.\d+\.\d+/.exec(output)?.[0] ?? output.trim();
  }
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    load: loadavg()[0] ?? 0,
    versions,
    date: new Date().toISOString(),
  };
}

function installedVersion(name: string): string {
  const require = createRequire(import.meta.url);
  for (const directory of require.resolve.paths(name) ?? []) {
    try {
      return (JSON.parse(readFileSync(`${directory}/${name}/package.json`, "utf8")) as { version: string })
        .version;
    } catch {
      // Not in this directory; try its parent.
    }
  }
  return "unknown";
}

export function describeMachine(machine: Machine): string {
  const { processor, cores, memoryBytes, system, load, versions, date } = machine;
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const memory = Math.round(memoryBytes / 2 ** 30);
  const busy = load > cores * QUIET_SHARE ? " (busy: compare CPU-seconds, not rates)" : "";
  return `${processor}, ${cores} cores, ${memory} GiB, ${system}, load before the run ${load.toFixed(1)}${busy}; ${list.join(", ")}; ${date.slice(0, 10)}`;
}

/** A machine counts as quiet if its load is below this fraction of its processors. */
const QUIET_SHARE = 0.25;
