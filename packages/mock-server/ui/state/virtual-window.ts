/** Rows of a long list that are worth an element. */
export interface VirtualWindow {
  /** The first row. */
  readonly first: number;
  /** How many. */
  readonly count: number;
  /** Pixels above the first row. */
  readonly offset: number;
  /** Pixels of the whole list. */
  readonly height: number;
}

/** Rows beyond the edges, so that a fast wheel does not outrun the next frame. */
const BEYOND = 8;

/** Decides which rows are made, by what the scrolling element shows; all in pixels but `length`. */
export function virtualWindow(
  length: number,
  rowHeight: number,
  scrollTop: number,
  viewHeight: number,
): VirtualWindow {
  const height = length * rowHeight;
  const top = Math.min(Math.max(0, scrollTop), Math.max(0, height - viewHeight));
  const first = Math.max(0, Math.floor(top / rowHeight) - BEYOND);
  const last = Math.min(length, Math.ceil((top + viewHeight) / rowHeight) + BEYOND);
  return { first, count: Math.max(0, last - first), offset: first * rowHeight, height };
}

/** Where to scroll so that a row can be seen, or undefined if it can already. */
export function scrollToShow(
  place: number,
  rowHeight: number,
  scrollTop: number,
  viewHeight: number,
): number | undefined {
  const top = place * rowHeight;
  if (top < scrollTop) return top;
  if (top + rowHeight > scrollTop + viewHeight) return top + rowHeight - viewHeight;
  return undefined;
}
