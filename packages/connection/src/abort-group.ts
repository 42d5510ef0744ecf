import { uncaught } from "./uncaught.ts";

/** A task that an {@link AbortGroup} can cancel. */
export interface Abortable {
  /** Its place in the group; only the group changes it. */
  abortPlace: number;
  /** The group was aborted. */
  onAbort(reason: unknown): void;
}

const groups = new WeakMap<AbortSignal, AbortGroup>();

/**
 * Tasks that are cancelled together: those of one `AbortSignal`, or those of one run over many requests.
 * Adding and removing a task takes constant time and asks no signal, so a million requests may share a group.
 *
 * The tasks are in an array whose places are reused. A `Set` would be rebuilt often as requests come and go,
 * and its discarded tables would keep their entries alive until a full garbage collection.
 */
export class AbortGroup {
  readonly #signal: AbortSignal | undefined;
  #members: (Abortable | undefined)[] = [];
  #free: number[] = [];
  #aborted = false;
  #reason: unknown = undefined;

  /** @param signal only for {@link AbortGroup.of} */
  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** The group of a signal, with one listener while it has members. A group is its own. */
  static of(source: AbortSignal | AbortGroup): AbortGroup {
    if (source instanceof AbortGroup) return source;
    let group = groups.get(source);
    if (group === undefined) {
      group = new AbortGroup(source);
      groups.set(source, group);
      source.addEventListener("abort", group, { once: true });
    }
    return group;
  }

  /** Whether it was aborted. A signal may have fired although the group has not heard of it yet. */
  get aborted(): boolean {
    return this.#aborted || this.#signal?.aborted === true;
  }

  /** The reason that was given. */
  get reason(): unknown {
    return this.#signal === undefined ? this.#reason : this.#signal.reason;
  }

  /** Calls `task.onAbort` when the group is aborted. */
  add(task: Abortable): void {
    task.abortPlace = this.#free.pop() ?? this.#members.length;
    this.#members[task.abortPlace] = task;
  }

  /** Ends {@link AbortGroup.add}; does nothing if it was not called. */
  remove(task: Abortable): void {
    if (this.#members[task.abortPlace] !== task) return;
    this.#members[task.abortPlace] = undefined;
    this.#free.push(task.abortPlace);
    const signal = this.#signal;
    if (signal === undefined || this.#free.length < this.#members.length) return;
    groups.delete(signal);
    signal.removeEventListener("abort", this);
  }

  /** Cancels all members; only the first call counts. */
  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    const members = this.#members;
    this.#members = [];
    this.#free = [];
    for (const task of members) {
      try {
        task?.onAbort(reason);
      } catch (error) {
        uncaught(error);
      }
    }
  }

  /** The signal fired. */
  handleEvent(): void {
    groups.delete(this.#signal!);
    this.abort(this.#signal!.reason);
  }
}
