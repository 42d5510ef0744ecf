import type { Runs } from "@apnskit/campaign";

/** Places as runs. They need not be in order. */
export function runsOf(places: readonly number[]): Runs {
  const sorted = [...places].sort((a, b) => a - b);
  const runs: number[] = [];
  for (const place of sorted) {
    const end = runs.at(-1);
    if (end === undefined || place > end) runs.push(place, place + 1);
    else if (place === end) runs[runs.length - 1] = place + 1;
  }
  return runs;
}

/** The places of runs, in order. */
export function* placesOf(runs: Runs): Generator<number> {
  for (let at = 0; at + 1 < runs.length; at += 2) {
    for (let place = runs[at]!; place < runs[at + 1]!; place++) yield place;
  }
}
