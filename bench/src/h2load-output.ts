import type { Answers } from "./load.ts";

/**
 * Parses the last lines of h2load's output: `finished in 1.29s, 77339.60 req/s, 3.10MB/s` and
 * `status codes: 100000 2xx, 0 3xx, 0 4xx, 0 5xx`.
 *
 * @throws Error if these lines are missing.
 */
export function parseH2load(output: string): Answers & { seconds: number } {
  const finished = /^finished in ([\d.]+)(us|ms|s|m|h)?,/m.exec(output);
  const requests = /^requests: (\d+) total, .* (\d+) failed, (\d+) errored, (\d+) timeout/m.exec(output);
  const statuses = /^status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx/m.exec(output);
  if (finished === null || requests === null || statuses === null) {
    throw new Error(
      `h2load's output lacks the lines "finished in" and "status codes"; received: ${output.slice(-500)}`,
    );
  }
  const failures: Record<string, number> = {};
  const [, accepted, redirected, refused, broken] = statuses.map(Number);
  if (redirected) failures["status 3xx"] = redirected;
  if (refused) failures["status 4xx"] = refused;
  if (broken) failures["status 5xx"] = broken;
  const missing = Number(requests[1]) - accepted! - redirected! - refused! - broken!;
  if (missing > 0) failures["no answer"] = missing;
  return { accepted: accepted!, failures, seconds: Number(finished[1]) * UNITS[finished[2] ?? "s"]! };
}

const UNITS: Record<string, number> = { us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/** User plus system seconds, from the line that the shell's `time` writes. */
export function parseTimes(output: string): number {
  const times = /^processor seconds: ([\d.]+) ([\d.]+)$/m.exec(output);
  if (times === null) throw new Error(`no processor time in: ${output.slice(-500)}`);
  return Number(times[1]) + Number(times[2]);
}
