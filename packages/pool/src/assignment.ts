/** The questions that a connection must answer before it gets requests. */
export interface Candidate<Item> {
  /** How many requests it would take now, starting with this one. */
  room(item: Item): number;
  /** True if it had no room when it was last asked, and has not said since that it is worth asking again. */
  readonly full: boolean;
  /** True if it should be used only when no other connection has room. */
  readonly lastChoice: boolean;
}

/**
 * The most connections with room to compare. Four spread load nearly as well as all, and a request to a large
 * pool costs no more than to a pool of four.
 */
const COMPARED = 4;

/**
 * Chooses the connection for the next request. Compares the first four with room, from `turn` on, and takes
 * the one with the most room, so that load spreads. Among equals it takes the first, so that no connection is
 * favoured. It takes a last choice, or the connection that has just turned this request away, only if no
 * other has room.
 *
 * @param turn any whole number from 0; the caller increments it
 */
export function assign<Item, C extends Candidate<Item>>(
  candidates: readonly C[],
  item: Item,
  turn: number,
  avoid?: C,
): C | undefined {
  const { length } = candidates;
  // A single connection leaves no choice.
  if (length === 1) return candidates[0]!.room(item) > 0 ? candidates[0] : undefined;
  let best: C | undefined;
  let most = 0;
  let compared = 0;
  let fallback: C | undefined;
  let place = length > 1 ? turn % length : 0;
  for (let i = 0; i < length; i++) {
    const candidate = candidates[place]!;
    if (++place === length) place = 0;
    // While all are in use, a request that ends makes room on one of them: the others need not be asked.
    if (candidate.full) continue;
    const room = candidate.room(item);
    if (room === 0) continue;
    if (candidate === avoid || candidate.lastChoice) fallback = candidate;
    else {
      if (room > most) {
        most = room;
        best = candidate;
      }
      if (++compared === COMPARED) break;
    }
  }
  return best ?? fallback;
}
