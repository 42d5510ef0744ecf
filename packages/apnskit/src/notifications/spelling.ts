/** Shorter names are not compared letter by letter, since too many differ by one letter. */
const SHORTEST = 4;

/** A name without the marks of naming conventions: `threadId`, `thread_id` and `thread-id` are `threadid`. */
export function bareName(name: string): string {
  return name.replace(/[_-]/g, "").toLowerCase();
}

/**
 * Whether two names differ by one slip: a letter too many, too few or wrong, or two neighbours swapped. Names of fewer than
 * four letters never do.
 */
export function oneSlipApart(a: string, b: string): boolean {
  if (a === b || Math.min(a.length, b.length) < SHORTEST) return false;
  const start = commonStart(a, b);
  const restOfA = a.slice(start);
  const restOfB = b.slice(start);
  return (
    restOfA.slice(1) === restOfB.slice(1) ||
    restOfA.slice(1) === restOfB ||
    restOfA === restOfB.slice(1) ||
    (restOfA[0] === restOfB[1] && restOfA[1] === restOfB[0] && restOfA.slice(2) === restOfB.slice(2))
  );
}

function commonStart(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

/** The candidate that `name` probably means: the same in another convention, else one slip away. */
export function intended(name: string, candidates: Iterable<string>): string | undefined {
  const bare = bareName(name);
  let near: string | undefined;
  for (const candidate of candidates) {
    const other = bareName(candidate);
    if (other === bare) return candidate;
    if (near === undefined && oneSlipApart(bare, other)) near = candidate;
  }
  return near;
}
