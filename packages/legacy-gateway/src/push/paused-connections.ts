import { host } from "@apnskit/connection/internal";

/** What {@link PausedConnections} asks of a connection. */
export interface Paused {
  /** Finds out whether the client has reset the connection, and ends it if so. */
  checkReset(): void;
}

/** Connections that one look covers, with a system call for each. */
const MOST_AT_A_TIME = 100;

/**
 * The connections of an app that the gateway does not read from, because they have sent too much. Node.js
 * reports a reset only while it reads. The client of such a connection may send its notifications again on
 * another one. So the gateway looks for resets here before it takes bytes of another connection.
 */
export class PausedConnections {
  /** In the order of their last look, oldest first. */
  readonly #all = new Set<Paused>();
  #hasLooked = false;

  add(connection: Paused): void {
    this.#all.add(connection);
  }

  delete(connection: Paused): void {
    this.#all.delete(connection);
  }

  /** To be called before bytes of another connection are taken. Looks once in each turn of the event loop. */
  look(): void {
    if (this.#all.size === 0 || this.#hasLooked) return;
    this.#hasLooked = true;
    host.setImmediate(() => {
      this.#hasLooked = false;
    });
    let left = Math.min(this.#all.size, MOST_AT_A_TIME);
    for (const connection of this.#all) {
      if (left-- === 0) return;
      this.#all.delete(connection);
      this.#all.add(connection);
      connection.checkReset();
    }
  }
}
