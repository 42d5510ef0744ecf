import { inspect } from "node:util";
import type { Changes, ItemKey, Registration, Registrations } from "./registrations.ts";

/** A registration with its number from the counter. */
interface Entry {
  readonly registration: Registration;
  readonly tag: number;
}

/** The last change of an item. */
interface Change {
  readonly tag: number;
  readonly modified: number;
}

/** The content of such a store, for stores that write it to a file. */
export interface RegistrationsState {
  readonly counter: number;
  readonly entries: Iterable<Entry>;
  readonly changes: Iterable<readonly [item: ItemKey, change: Change]>;
}

/** Keeps registrations in memory: for tests, and as the index of {@link FileRegistrations}. */
export class MemoryRegistrations implements Registrations {
  /** Device and type, then item id. */
  readonly #byDevice = new Map<string, Map<string, Entry>>();
  /** Type and item id, then device. */
  readonly #byItem = new Map<string, Map<string, Entry>>();
  /** Type and push token. */
  readonly #byToken = new Map<string, Set<Entry>>();
  /** Type and item id. */
  readonly #changes = new Map<string, Change>();
  #counter = 0;
  #size = 0;

  /** @internal */
  [inspect.custom](): string {
    return `MemoryRegistrations(${this.size} registrations)`;
  }

  /** The number of registrations. */
  get size(): number {
    return this.#size;
  }

  register(registration: Registration): boolean {
    const { device, type, id, registeredAt } = registration;
    const before = this.#byDevice.get(keyOf(type, device))?.get(id);
    this.#remove(device, type, id);
    // A device registers again now and then, but needs to hear about earlier changes only the first time.
    this.enter({ registration, tag: before?.tag ?? ++this.#counter });
    const item = keyOf(type, id);
    if (!this.#changes.has(item)) this.#changes.set(item, { tag: 0, modified: wholeSecond(registeredAt) });
    return before === undefined;
  }

  unregister(device: string, { type, id }: ItemKey): boolean {
    return this.#remove(device, type, id);
  }

  changedSince(device: string, type: string, since: string | undefined): Changes {
    const known = numberOf(since, this.#counter);
    const ids: string[] = [];
    for (const [id, { tag }] of this.#byDevice.get(keyOf(type, device)) ?? []) {
      const change = this.#changes.get(keyOf(type, id))?.tag ?? 0;
      if (Math.max(change, tag) > known) ids.push(id);
    }
    return { ids, tag: String(this.#counter) };
  }

  markChanged(type: string, ids: readonly string[], now: number): void {
    for (const id of ids) {
      const item = keyOf(type, id);
      const before = this.#changes.get(item)?.modified ?? Number.NEGATIVE_INFINITY;
      // Two changes within a second must not look like one to a device that asks If-Modified-Since.
      const modified = Math.max(wholeSecond(now), before + 1_000);
      this.#changes.set(item, { tag: ++this.#counter, modified });
    }
  }

  lastModified({ type, id }: ItemKey): number | undefined {
    return this.#changes.get(keyOf(type, id))?.modified;
  }

  *holders(type: string, ids: readonly string[]): Generator<Registration> {
    for (const id of new Set(ids)) {
      for (const { registration } of this.#byItem.get(keyOf(type, id))?.values() ?? []) yield registration;
    }
  }

  dropToken(type: string, pushToken: string, until: number): number {
    let dropped = 0;
    for (const { registration } of [...(this.#byToken.get(keyOf(type, pushToken)) ?? [])]) {
      if (registration.registeredAt > until) continue;
      this.#remove(registration.device, type, registration.id);
      dropped++;
    }
    return dropped;
  }

  /** @internal Everything, for a file. */
  state(): RegistrationsState {
    const items = Array.from(this.#changes, ([key, change]) => [itemOf(key), change] as const);
    const entries = [...this.#byDevice.values()].flatMap((ofDevice) => [...ofDevice.values()]);
    return { counter: this.#counter, entries, changes: items };
  }

  /** @internal Takes over the content of a file. */
  restore(counter: number): void {
    this.#counter = counter;
  }

  /** @internal */
  restoreChange({ type, id }: ItemKey, change: Change): void {
    this.#changes.set(keyOf(type, id), change);
  }

  /** @internal Enters a new registration. */
  enter(entry: Entry): void {
    const { device, type, id, pushToken } = entry.registration;
    member(this.#byDevice, keyOf(type, device), () => new Map<string, Entry>()).set(id, entry);
    member(this.#byItem, keyOf(type, id), () => new Map<string, Entry>()).set(device, entry);
    member(this.#byToken, keyOf(type, pushToken), () => new Set<Entry>()).add(entry);
    this.#size++;
  }

  #remove(device: string, type: string, id: string): boolean {
    const entry = this.#byDevice.get(keyOf(type, device))?.get(id);
    if (entry === undefined) return false;
    this.#size--;
    deleteFrom(this.#byDevice, keyOf(type, device), id);
    deleteFrom(this.#byItem, keyOf(type, id), device);
    deleteFrom(this.#byToken, keyOf(type, entry.registration.pushToken), entry);
    return true;
  }
}

/** NUL separates the parts. Neither part has one, since the services refuse control characters. */
function keyOf(type: string, rest: string): string {
  return `${type}\0${rest}`;
}

function itemOf(key: string): ItemKey {
  const at = key.indexOf("\0");
  return { type: key.slice(0, at), id: key.slice(at + 1) };
}

function wholeSecond(time: number): number {
  return Math.floor(time / 1_000) * 1_000;
}

/** The number of a tag; −1, before everything, for a tag above the counter. */
function numberOf(tag: string | undefined, counter: number): number {
  if (tag === undefined || !/^\d{1,15}$/.test(tag)) return -1;
  const number = Number(tag);
  return number > counter ? -1 : number;
}

function member<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

function deleteFrom<Key>(
  map: Map<string, { delete(key: Key): boolean; readonly size: number }>,
  key: string,
  inner: Key,
): void {
  const group = map.get(key);
  group?.delete(inner);
  if (group?.size === 0) map.delete(key);
}
