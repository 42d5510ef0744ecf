import type { Field, FieldList } from "@apnskit/http2";
import { host } from "./host.ts";

/** Sets to compare with: so many of this turn, and so many that came twice in earlier turns. */
const MOST = 4;

interface Entry<Headers> {
  readonly headers: Headers;
  /** The set has come twice: later turns look for it too. */
  repeats: boolean;
}

/**
 * The last few sets of headers, so that equal objects share one checked set, whose octets are encoded once.
 *
 * `authorization` may be among the headers, so a set is held for one turn of the event loop only. After that,
 * only the requests that carry the set keep it in memory.
 */
export class RecentHeaders<Headers extends { readonly fields: FieldList }> {
  /** The sets of this turn. */
  #entries: Entry<Headers>[] = [];
  #repeated: WeakRef<Headers>[] = [];
  #awake = false;
  readonly #forget = (): void => {
    this.#awake = false;
    this.#entries = [];
  };

  /** The set that has exactly these names and values, in this order. */
  find(names: readonly string[], given: Readonly<Record<string, string>>): Headers | undefined {
    if (!this.#awake) this.#wake();
    for (const entry of this.#entries) {
      if (!isEqual(entry.headers.fields.fields, names, given)) continue;
      if (!entry.repeats) this.#keep(entry);
      return entry.headers;
    }
    return undefined;
  }

  /** Remembers a set whose values are all sent as the caller gave them. */
  add(headers: Headers): void {
    if (this.#entries.length >= 2 * MOST) this.#entries.shift();
    this.#entries.push({ headers, repeats: false });
  }

  #keep(entry: Entry<Headers>): void {
    entry.repeats = true;
    if (this.#repeated.length >= MOST) this.#repeated.shift();
    this.#repeated.push(new WeakRef(entry.headers));
  }

  /** Brings back, for this turn, the repeated sets that still exist. */
  #wake(): void {
    this.#awake = true;
    host.nextTick(this.#forget);
    for (const reference of this.#repeated) {
      const headers = reference.deref();
      if (headers !== undefined) this.#entries.push({ headers, repeats: true });
    }
    if (this.#entries.length < this.#repeated.length) {
      this.#repeated = this.#repeated.filter((reference) => reference.deref() !== undefined);
    }
  }
}

/** Compares all names and values, so that no set stands for another. */
function isEqual(
  fields: readonly Field[],
  names: readonly string[],
  given: Readonly<Record<string, string>>,
): boolean {
  if (fields.length !== names.length) return false;
  for (let i = 0; i < fields.length; i++) {
    const { name, value } = fields[i]!;
    if (name !== names[i] || value !== given[name]) return false;
  }
  return true;
}
