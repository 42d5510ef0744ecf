import type { IndexRange } from "../report.ts";
import type { Runs } from "../store/checkpoint-record.ts";

/** Builds runs from places in ascending order. */
export class RunBuilder {
  readonly #runs: number[] = [];

  add(index: number): void {
    this.addRun(index, index + 1);
  }

  addRun(from: number, to: number): void {
    const runs = this.#runs;
    if (runs.length > 0 && runs[runs.length - 1] === from) runs[runs.length - 1] = to;
    else runs.push(from, to);
  }

  get isEmpty(): boolean {
    return this.#runs.length === 0;
  }

  build(): Runs {
    return this.#runs;
  }
}

/** Builds runs from distinct places in any order. */
export function runsOf(places: readonly number[]): Runs {
  const builder = new RunBuilder();
  for (const place of new Float64Array(places).sort()) builder.add(place);
  return builder.build();
}

/** Visits each run. */
export function eachRun(runs: Runs, visit: (from: number, to: number) => void): void {
  for (let at = 0; at + 1 < runs.length; at += 2) visit(runs[at]!, runs[at + 1]!);
}

/** Runs in the form of reports, merged where they touch or overlap. */
export function rangesOf(runs: Runs): IndexRange[] {
  const pairs: IndexRange[] = [];
  eachRun(runs, (from, to) => pairs.push({ from, to }));
  pairs.sort((a, b) => a.from - b.from);
  const merged: { from: number; to: number }[] = [];
  for (const { from, to } of pairs) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged;
}
