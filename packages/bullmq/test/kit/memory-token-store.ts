import type { ProviderTokenStore, StoredProviderToken } from "../../src/index.ts";

/** A store in memory, with a clock of its own and outages. */
export class MemoryTokenStore implements ProviderTokenStore {
  held: { value: string; at: number } | undefined;
  isDown = false;
  reads = 0;
  readonly replaced: string[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  async read(): Promise<StoredProviderToken | undefined> {
    this.reads++;
    this.#reach();
    return this.held && { value: this.held.value, age: this.#now() - this.held.at };
  }

  async replace(_: string, previous: string | undefined, value: string): Promise<StoredProviderToken> {
    this.#reach();
    if (this.held?.value === previous) {
      this.held = { value, at: this.#now() };
      this.replaced.push(value);
    }
    return { value: this.held!.value, age: this.#now() - this.held!.at };
  }

  #reach(): void {
    if (this.isDown) throw new Error("connect ECONNREFUSED");
  }
}
