/** Numbers as text, neighbours as one run: `0-311,313`. They need not be in order. */
export function runsOf(numbers: readonly number[]): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  const runs: string[] = [];
  for (let at = 0; at < sorted.length; ) {
    const first = sorted[at]!;
    let last = first;
    while (sorted[at] === last || sorted[at] === last + 1) last = sorted[at++]!;
    runs.push(first === last ? `${first}` : `${first}-${last}`);
  }
  return runs.join(",");
}

/** The numbers of {@link runsOf}, in order; nothing for text that it has not made. */
export function* numbersOf(runs: string): Generator<number> {
  for (const run of runs.split(",")) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(run);
    if (match === null) continue;
    const [first, last] = [Number(match[1]), Number(match[2] ?? match[1])];
    for (let number = first; number <= last; number++) yield number;
  }
}
