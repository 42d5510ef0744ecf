/** A value in a {@link ProviderTokenStore}. */
export interface StoredProviderToken {
  /** Opaque to the store: encrypted, so that a reader of the store cannot send pushes. */
  readonly value: string;
  /** Milliseconds since it was stored, by the clock of the store, which all processes share. */
  readonly age: number;
}

/** Holds one provider token for each key. Calls may be repeated when a connection was lost: both must bear that. */
export interface ProviderTokenStore {
  /** @returns `undefined` when nothing is stored under the name */
  read(name: string): Promise<StoredProviderToken | undefined>;
  /**
   * Stores `value` if `previous` is what is stored (`undefined`: nothing is).
   *
   * @returns what is stored then: `value`, or what another process has stored before
   */
  replace(name: string, previous: string | undefined, value: string): Promise<StoredProviderToken>;
}
