/** What a connection must be able to answer to be given requests. */
export interface Candidate<Item> {
  /** How many requests it would take now, of which this one is the first. */
  room(item: Item): number;
  /** True when a replacement is on its way: to be used only if nobody else has room. */
  readonly retiring: boolean;
}

/**
 * Chooses who gets the next request: the one with the most room, so that load spreads; one that is being retired, or
 * that has just turned this request away, only if there is nobody else.
 */
export function assign<Item, C extends Candidate<Item>>(
  candidates: readonly C[],
  item: Item,
  avoid?: C,
): C | undefined {
  let best: C | undefined;
  let most = 0;
  let fallback: C | undefined;
  for (const candidate of candidates) {
    const room = candidate.room(item);
    if (room === 0) continue;
    if (candidate.retiring || candidate === avoid) fallback = candidate;
    else if (room > most) {
      most = room;
      best = candidate;
    }
  }
  return best ?? fallback;
}
