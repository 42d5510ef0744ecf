import { uncaught } from "./uncaught.ts";

/** A task that an `AbortSignal` can cancel. */
export interface Abortable {
  /** Its index in the group; only {@link watchAbort} changes it. */
  abortPlace: number;
  /** The signal fired. */
  onAbort(reason: unknown): void;
}

/**
 * The targets that wait for one signal. An array whose places are reused: a `Set` would be rebuilt often as a
 * million requests come and go, and its discarded tables would keep their entries alive until a full garbage
 * collection.
 */
interface Group {
  readonly members: (Abortable | undefined)[];
  readonly free: number[];
}

const groups = new WeakMap<AbortSignal, Group>();

/**
 * Calls `target.onAbort` when the signal fires. A million requests may share one signal: the signal gets one
 * listener, and adding or removing a target takes constant time.
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
