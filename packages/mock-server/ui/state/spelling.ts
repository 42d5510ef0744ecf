/**
 * The known key that a misspelled key probably means: the same words in another convention, or one or two
 * typing errors away.
 */
export function intendedKey(key: string, known: readonly string[]): string | undefined {
  const bare = bareName(key);
  if (bare === "") return undefined;
  const same = known.find((each) => each !== key && bareName(each) === bare);
  if (same !== undefined) return same;
  const slips = bare.length < 4 ? 1 : 2;
  let best: { key: string; distance: number } | undefined;
  for (const candidate of known) {
    const distance = slipsBetween(bare, bareName(candidate), slips);
    if (distance <= slips && distance < bare.length / 2 && distance < (best?.distance ?? Infinity)) {
      best = { key: candidate, distance };
    }
  }
  return best?.key;
}

/** `threadId`, `thread_id` and `thread-id` are the same. */
function bareName(name: string): string {
  return name
    .slice(0, 64)
    .replace(/[_\s-]/g, "")
    .toLowerCase();
}

/** Counts letters to add, remove, change or swap with their neighbour. Stops counting above `most`. */
function slipsBetween(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return Infinity;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let k = 1; k <= b.length; k++) {
      const change = last[k - 1]! + (a[i - 1] === b[k - 1] ? 0 : 1);
      row[k] = Math.min(last[k]! + 1, row[k - 1]! + 1, change);
      const isSwap = i > 1 && k > 1 && a[i - 1] === b[k - 2] && a[i - 2] === b[k - 1];
      if (isSwap) row[k] = Math.min(row[k]!, beforeLast[k - 2]! + 1);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
