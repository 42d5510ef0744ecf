/** What a connection must be able to answer to be given requests. */
export interface Candidate<Item> {
  /** How many requests it would take now, of which this one is the first. */
  room(item: Item): number;
  /** True when it had no room the last time that it was asked, and has not told since that it is worth asking again. */
  readonly full: boolean;
  /** True when it should be used only if no other has room. */
  readonly lastChoice: boolean;
}

/**
 * How many connections with room are compared. Four spread load nearly as well as all, and a request to a pool of many
 * connections costs no more than to a pool of four.
 */
const COMPARED = 4;

/**
 * Chooses the connection for the next request: from `turn` on the first four with room are compared, and the one with the
 * most is taken, so that load spreads. Of several with as much room it is the first, so that no connection is favoured. A
 * last choice, and the connection that has just turned this request away, are taken only if no other has room.
 *
 * @param turn any whole number from 0; the caller counts it on
 */
export function assign<Item, C extends Candidate<Item>>(
  candidates: readonly C[],
  item: Item,
  turn: number,
  avoid?: C,
): C | undefined {
  const { length } = candidates;
  // There is nothing to choose.
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
