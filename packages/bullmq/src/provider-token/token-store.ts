/** A value in a {@link ProviderTokenStore}. */
export interface StoredProviderToken {
  /** Opaque to the store: encrypted, so that a reader of the store cannot send pushes. */
  readonly value: string;
  /** Milliseconds since it was stored, by the clock of the store, which all processes share. */
  readonly age: number;
}

/** Holds one provider token for each key. Both calls must tolerate repetition after a lost connection. */
export interface ProviderTokenStore {
  /** @returns `undefined` if the store has nothing under the name */
  read(name: string): Promise<StoredProviderToken | undefined>;
  /**
   * Stores `value` if the store still holds `previous` (`undefined`: nothing).
   *
   * @returns the stored value afterwards: `value`, or the value of a faster process
   */
  replace(name: string, previous: string | undefined, value: string): Promise<StoredProviderToken>;
}
