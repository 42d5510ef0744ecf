import { type Flood, floods, honest, unleash } from "../test/support/floods.ts";
import { retainedBy } from "../test/support/memory.ts";

/** What one flood costs for each octet that the server sends. */
export interface FloodRow {
  readonly name: string;
  /** Microseconds of CPU, the lowest of several runs. */
  readonly microseconds: number;
  /** Octets that the session writes, without the bodies of requests. */
  readonly output: number;
  /** Octets that stay in memory at the end. */
  readonly kept: number;
  /** Octets of input after which the session ends; undefined if it does not within {@link MOST}. */
  readonly endsAfter: number | undefined;
}

const MOST = { octets: 500_000, reads: 20_000 };

/** Measures all floods, and an honest server's answers first. */
export function measureFloods(runs: number, report: (name: string) => void): FloodRow[] {
  return [honest, ...floods].map((flood) => {
    report(flood.name);
    return measure(flood, runs);
  });
}

function measure(flood: Flood, runs: number): FloodRow {
  const most = flood === honest ? { ...MOST, reads: 1_000 } : MOST;
  const cost = unleash(flood, flood.prepare(), most);
  const kept = flood.prepare();
  const retained = retainedBy(() => {
    unleash(flood, kept, most);
    return kept;
  });
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const harness = flood.prepare();
    const reads: Uint8Array[] = [];
    for (let nth = 0, sum = 0; sum < cost.input; nth++) {
      const bytes = flood.read(nth);
      reads.push(bytes);
      sum += bytes.length;
    }
    const ready: Flood = { ...flood, read: (nth) => reads[nth]! };
    const start = process.cpuUsage();
    unleash(ready, harness, { octets: cost.input, reads: reads.length });
    const { user, system } = process.cpuUsage(start);
    least = Math.min(least, user + system);
  }
  return {
    name: flood.name,
    microseconds: least / cost.input,
    output: (cost.output - cost.bodyOctets) / cost.input,
    kept: Math.max(0, retained) / cost.input,
    endsAfter: cost.ended ? cost.input : undefined,
  };
}

/** The rows as a table in Markdown. */
export function floodTable(rows: readonly FloodRow[]): string {
  const number = (value: number, digits: number) =>
    value.toLocaleString("en", { maximumFractionDigits: digits });
  return [
    "| The server sends | CPU, µs per octet | Output besides bodies, octets per octet | Kept, octets per octet | Ends after, octets |",
    "|---|---:|---:|---:|---:|",
    ...rows.map(({ name, microseconds, output, kept, endsAfter }) => {
      const end = endsAfter === undefined ? "–" : number(endsAfter, 0);
      return `| ${name} | ${number(microseconds, 3)} | ${number(output, 2)} | ${number(kept, 2)} | ${end} |`;
    }),
  ].join("\n");
}
