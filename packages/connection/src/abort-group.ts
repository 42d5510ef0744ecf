/** Something that can be given up. */
export interface Abortable {
  /** The signal fired. */
  onAbort(reason: unknown): void;
}

/** Who waits for each signal. */
const groups = new WeakMap<AbortSignal, Set<Abortable>>();

/**
 * Calls `target.onAbort` when the signal fires. A million requests may share one signal: it gets one listener, and
 * entering and leaving take constant time.
 */
export function watchAbort(signal: AbortSignal, target: Abortable): void {
  const group = groups.get(signal);
  if (group !== undefined) {
    group.add(target);
    return;
  }
  groups.set(signal, new Set([target]));
  signal.addEventListener("abort", onAbort, { once: true });
}

/** Ends {@link watchAbort}; does nothing if it was not called. */
export function unwatchAbort(signal: AbortSignal, target: Abortable): void {
  const group = groups.get(signal);
  if (group === undefined || !group.delete(target) || group.size > 0) return;
  groups.delete(signal);
  signal.removeEventListener("abort", onAbort);
}

function onAbort(this: AbortSignal): void {
  const group = groups.get(this);
  groups.delete(this);
  for (const target of group ?? []) target.onAbort(this.reason);
}
