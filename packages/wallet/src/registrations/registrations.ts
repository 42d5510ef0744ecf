/** A value, or a promise of it. */
export type Awaitable<Value> = Value | Promise<Value>;

/** A pass or an order: its type, and its serial number or order identifier. */
export interface ItemKey {
  /** Pass type identifier or order type identifier. */
  readonly type: string;
  /** Serial number or order identifier. */
  readonly id: string;
}

/** A device wants to hear about changes of an item. */
export interface Registration extends ItemKey {
  /**
   * The device's own name for itself. It is secret, because it gives access to the list of the device's
   * items.
   */
  readonly device: string;
  /** The push token, in lower-case hexadecimal. */
  readonly pushToken: string;
  /** When it was registered, in milliseconds since 1970-01-01 UTC. */
  readonly registeredAt: number;
}

/** The changes for a device since its last question. */
export interface Changes {
  /** Serial numbers or order identifiers. */
  readonly ids: readonly string[];
  /** The tag that the device sends the next time. Opaque to devices. */
  readonly tag: string;
}

/**
 * A store of registrations. The services and `updatePasses` need only this interface; a store on a database
 * implements it. Each method is one atomic step, and its change is durable once it returns.
 *
 * Tags come from one counter of the store, which only grows: each registration and each marked change takes
 * the next number. A clock would not be enough: two changes within its resolution would look like one.
 */
export interface Registrations {
  /**
   * Enters a registration, or replaces that of the same device and item: a restored device has another push
   * token.
   *
   * @returns whether it is new
   */
  register(registration: Registration): Awaitable<boolean>;

  /** Removes a registration. @returns whether it was there */
  unregister(device: string, item: ItemKey): Awaitable<boolean>;

  /**
   * The items of a device that changed after `since`, or were registered after it.
   *
   * @param since the tag of an earlier answer; without a tag, or with a tag that this store has not issued
   * yet, all items count
   */
  changedSince(device: string, type: string, since: string | undefined): Awaitable<Changes>;

  /**
   * Marks items as changed now.
   *
   * @param now milliseconds since 1970-01-01 UTC
   */
  markChanged(type: string, ids: readonly string[], now: number): Awaitable<void>;

  /**
   * When an item changed last, in milliseconds since 1970-01-01 UTC, in whole seconds, as HTTP dates have
   * them. It grows by one second or more with each change. Before the first change it is the time of the
   * first registration.
   *
   * @returns `undefined` for an item that was never registered nor changed
   */
  lastModified(item: ItemKey): Awaitable<number | undefined>;

  /** The registrations for these items. */
  holders(type: string, ids: readonly string[]): Iterable<Registration> | AsyncIterable<Registration>;

  /**
   * Removes the registrations of a push token that APNs calls dead.
   *
   * @param until later registrations stay, in milliseconds since 1970-01-01 UTC
   * @returns the number of removed registrations
   */
  dropToken(type: string, pushToken: string, until: number): Awaitable<number>;
}
