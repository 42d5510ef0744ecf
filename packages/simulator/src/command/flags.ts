import { parseArgs } from "node:util";

/** The flags of the command. */
export interface Flags {
  readonly seeds: number;
  readonly from: number;
  /** Seconds after which no further seed is begun; `Infinity`: no limit. */
  readonly within: number;
  /** Processes that run seeds side by side. */
  readonly workers: number;
  readonly trace: boolean;
  /** Seeds that once failed are run too. */
  readonly fixed: boolean;
  readonly shrink: boolean;
}

const MOST_WORKERS = 64;

export const USAGE = `usage: pnpm simulate [--seeds n] [--from s | --commit h] [--within s] [--workers n]
                     [--fixed] [--trace] [--no-shrink]

  --seeds n     how many seeds; 100 by default
  --from s      the first seed, 0 … 4,294,967,295; 1 by default
  --commit h    the first seed is made of a commit's hash, so that each commit has its own
  --within s    begins no further seed after so many seconds
  --workers n   processes that run seeds side by side, 1 … 64; 1 by default
  --fixed       also the seeds that once failed
  --trace       prints what happens in each run
  --no-shrink   leaves a plan that fails as it is`;

/** @throws Error that names the flag and the value received */
export function readFlags(args: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: "string", default: "100" },
      from: { type: "string" },
      commit: { type: "string" },
      within: { type: "string" },
      workers: { type: "string", default: "1" },
      fixed: { type: "boolean", default: false },
      trace: { type: "boolean", default: false },
      shrink: { type: "boolean", default: true },
    },
    allowNegative: true,
  });
  if (values.from !== undefined && values.commit !== undefined) {
    throw new Error("--from and --commit both give the first seed: give one of them");
  }
  const from = values.commit === undefined ? whole("from", values.from ?? "1") : seedOf(values.commit);
  return {
    seeds: whole("seeds", values.seeds),
    from,
    within: values.within === undefined ? Number.POSITIVE_INFINITY : whole("within", values.within),
    workers: workersOf(values.workers),
    trace: values.trace,
    fixed: values.fixed,
    shrink: values.shrink,
  };
}

/** The first seed of a commit: the first 24 bits of its hash, with room for as many seeds as anyone runs. */
function seedOf(commit: string): number {
  if (!/^[0-9a-f]{6,64}$/.test(commit)) {
    throw new Error(`--commit must be a hash in hexadecimal digits; received ${JSON.stringify(commit)}`);
  }
  return Number.parseInt(commit.slice(0, 6), 16) * 100;
}

function workersOf(text: string): number {
  const count = whole("workers", text);
  if (count >= 1 && count <= MOST_WORKERS) return count;
  throw new Error(`--workers must be from 1 to ${MOST_WORKERS}; received ${JSON.stringify(text)}`);
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= 0xffff_ffff) return value;
  throw new Error(`--${name} must be a whole number up to 4294967295; received ${JSON.stringify(text)}`);
}
