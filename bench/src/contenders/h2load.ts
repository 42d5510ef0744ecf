/** h2load, nghttp2's load generator in C: the yardstick for all clients. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram } from "@apnskit/testkit/peers";
import { contend } from "../contender.ts";
import { parseH2load, parseTimes } from "../h2load-output.ts";
import { devicePath, workload } from "../workload.ts";

/**
 * Milliseconds between two readings of memory. Memory only grows, so the last reading is close to the peak.
 */
const MEMORY_INTERVAL = 20;

contend(async ({ origin, connections, streams, ...options }) => {
  const h2load = findProgram("h2load", "nghttp2");
  if (!h2load.installed) throw new Error(h2load.reason);
  const program = h2load.path;
  const directory = await mkdtemp(join(tmpdir(), "apnskit-h2load-"));
  const { tokens, headers, body } = workload(options);
  const bodyFile = join(directory, "body");
  const addressFile = join(directory, "addresses");
  await writeFile(bodyFile, body);
  await writeFile(addressFile, tokens.map((token) => `${origin}${devicePath(token)}\n`).join(""));

  return {
    async run(count) {
      const args = [`--requests=${count}`, `--clients=${connections}`, `--max-concurrent-streams=${streams}`];
      args.push("--threads=1", `--data=${bodyFile}`, `--input-file=${addressFile}`);
      for (const [name, value] of Object.entries(headers)) args.push(`--header=${name}: ${value}`);
      // bash's built-in "time" reports processor time to the millisecond. Node reports none for its children.
      const script = `TIMEFORMAT='processor seconds: %U %S'; time "$0" "$@"`;
      const child = spawn("bash", ["-c", script, program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
      let output = "";
      let errors = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        errors += text;
      });
      let peakMemory: number | null = null;
      const watch = setInterval(() => {
        peakMemory = peakMemoryOfChild(child.pid ?? 0) ?? peakMemory;
      }, MEMORY_INTERVAL);
      const [code] = await once(child, "close");
      clearInterval(watch);
      if (code !== 0) throw new Error(`h2load ended with ${code}: ${errors.slice(-1000)}`);
      const cpuSeconds = parseTimes(errors);
      return { ...parseH2load(output), cpuSeconds, peakMemory, eventLoopDelay: null };
    },
    close: () => rm(directory, { recursive: true, force: true }),
  };
});

/** Peak resident set of the program that a shell runs, from Linux's /proc. Null on other systems. */
function peakMemoryOfChild(shell: number): number | null {
  try {
    const child = readFileSync(`/proc/${shell}/task/${shell}/children`, "utf8").trim().split(" ")[0];
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child}/status`, "utf8"));
    return peak === null ? null : Number(peak[1]) * 1024;
  } catch {
    return null;
  }
}
