/** The rows of a long list that get elements. */
export interface VirtualWindow {
  /** The first row. */
  readonly first: number;
  /** The number of rows. */
  readonly count: number;
  /** Pixels above the first row. */
  readonly offset: number;
  /** Pixels of the whole list. */
  readonly height: number;
}

/** Rows beyond the edges, so that fast scrolling does not outrun the next frame. */
const BEYOND = 8;

/**
 * Decides which rows get elements, from the visible part of the scrolling element. All values except `length`
 * are pixels.
 */
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

/** The scroll position that makes a row visible; undefined if the row is visible already. */
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
