import { host } from "@apnskit/connection/internal";

/** What {@link UnreadConnections} asks of a connection. */
export interface Unread {
  /** Finds out whether the client has reset or ended the connection, and acts on that. */
  checkPeer(): void;
}

/** Connections that one look covers, with a system call for each. */
const MOST_AT_A_TIME = 100;

/**
 * The connections of an app and a service that Node.js does not read from: push connections that have sent
 * too much, and feedback connections whose end is awaited. Node.js reports the end or the reset of a connection
 * only while it reads. The client of such a connection may go on with another one. So the gateway looks here
 * before it serves that one.
 */
export class UnreadConnections {
  /** In the order of their last look, oldest first. */
  readonly #all = new Set<Unread>();
  #hasLooked = false;

  add(connection: Unread): void {
    this.#all.add(connection);
  }

  delete(connection: Unread): void {
    this.#all.delete(connection);
  }

  /** To be called before another connection is served. Looks once in each turn of the event loop. */
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
      connection.checkPeer();
    }
  }
}
