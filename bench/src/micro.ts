import { bundle } from "./bundle.ts";
import { Child } from "./child.ts";
import type { MicroReply, MicroRequest } from "./micro/process.ts";
import type { Cores } from "./options.ts";
import type { Progress } from "./progress.ts";
import { type Spread, spread } from "./statistics.ts";

export interface MicroOptions {
  /** Samples of each case. The result is their median. */
  samples: number;
  /** Minimum length of a sample, ms. */
  sampleTime: number;
  /** Measures only cases whose group or name contains this text. */
  match: string | undefined;
  cores: Cores | undefined;
}

export interface MicroRow {
  group: string;
  name: string;
  /** ns */
  perOperation: Spread;
  samples: number[];
}

export interface MicroReport {
  bench: "micro";
  options: MicroOptions;
  rows: MicroRow[];
}

const SOURCE = "micro/process.ts";

/**
 * Runs each case in a separate process, so that the compiler's profile of one case does not affect the next.
 */
export async function measureMicro(options: MicroOptions, progress: Progress): Promise<MicroReport> {
  await using files = await bundle([SOURCE]);
  const open = () =>
    new Child<MicroRequest, MicroReply>(files.file(SOURCE), { cores: options.cores?.client });
  const rows: MicroRow[] = [];
  for (const { index, group, name } of await listCases(open, options.match)) {
    const row = await progress.step(
      `${group}: ${name}`,
      async () => {
        await using child = open();
        const { samples, sampleTime } = options;
        const measured = await child.ask({ type: "measure", index, samples, sampleTime }, "measured");
        return { group, name, perOperation: spread(measured.samples), samples: measured.samples };
      },
      ({ perOperation }) => `${perOperation.median.toPrecision(3)} ns`,
    );
    rows.push(row);
  }
  return { bench: "micro", options, rows };
}

async function listCases(open: () => Child<MicroRequest, MicroReply>, match = "") {
  await using child = open();
  const { cases } = await child.ask({ type: "list" }, "listed");
  return cases
    .map((entry, index) => ({ ...entry, index }))
    .filter(({ group, name }) => `${group}: ${name}`.includes(match));
}
