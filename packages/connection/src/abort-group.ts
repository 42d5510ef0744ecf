import { uncaught } from "./uncaught.ts";

/** Something that can be given up. */
export interface Abortable {
  /** Its place in the group; belongs to {@link watchAbort}. */
  abortPlace: number;
  /** The signal fired. */
  onAbort(reason: unknown): void;
}

/**
 * Those who wait for one signal. An array with places that are used again: a `Set` would be rebuilt again and again as a
 * million requests come and go, and its discarded tables would keep what was in them alive until a full collection.
 */
interface Group {
  readonly members: (Abortable | undefined)[];
  readonly free: number[];
}

const groups = new WeakMap<AbortSignal, Group>();

/**
 * Calls `target.onAbort` when the signal fires. A million requests may share one signal: it gets one listener, and
 * entering and leaving take constant time.
 */
export function watchAbort(signal: AbortSignal, target: Abortable): void {
  let group = groups.get(signal);
  if (group === undefined) {
    group = { members: [], free: [] };
    groups.set(signal, group);
    signal.addEventListener("abort", onAbort, { once: true });
  }
  target.abortPlace = group.free.pop() ?? group.members.length;
  group.members[target.abortPlace] = target;
}

/** Ends {@link watchAbort}; does nothing if it was not called. */
export function unwatchAbort(signal: AbortSignal, target: Abortable): void {
  const group = groups.get(signal);
  if (group === undefined || group.members[target.abortPlace] !== target) return;
  group.members[target.abortPlace] = undefined;
  group.free.push(target.abortPlace);
  if (group.free.length < group.members.length) return;
  groups.delete(signal);
  signal.removeEventListener("abort", onAbort);
}

function onAbort(this: AbortSignal): void {
  const group = groups.get(this);
  groups.delete(this);
  for (const target of group?.members ?? []) {
    try {
      target?.onAbort(this.reason);
    } catch (error) {
      uncaught(error);
    }
  }
}
