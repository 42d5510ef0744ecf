import type { ConnectionOptions } from "node:tls";
import { type Command, type ErrorPacket, encodeNotification } from "../../src/index.ts";
import { LegacyClient } from "./legacy-client.ts";
import { HELLO } from "./world.ts";

/** What a {@link ResendingClient} heard about one of its notifications. */
export interface Report {
  readonly status: number;
  readonly index: number;
}

/**
 * A client that follows the protocol. It sends its notifications in order, and after an error packet sends
 * everything behind the notification at fault again. The last notification must be one that is refused: its
 * packet tells the client that everything before has succeeded.
 */
export class ResendingClient {
  /** One for each packet that named a notification at fault. */
  readonly reports: Report[] = [];
  /** Connections that ended without a packet. */
  cuts = 0;
  /** Notifications that were written more than once because a cut left the client in doubt. */
  doubts = 0;
  readonly #port: number;
  readonly #tls: ConnectionOptions;
  readonly #command: Command;

  constructor(port: number, tls: ConnectionOptions, command: Command) {
    this.#port = port;
    this.#tls = tls;
    this.#command = command;
  }

  /**
   * Sends to all tokens, in order.
   *
   * @param rewind how many of the last written notifications are sent again after a cut
   */
  async sendAll(tokens: readonly Buffer[], rewind = 0): Promise<void> {
    let next = 0;
    while (next < tokens.length) {
      // A network may fail during the handshake as well.
      await using connection = await LegacyClient.connect(this.#port, this.#tls).catch(() => undefined);
      if (connection === undefined) continue;
      const written = await this.#write(connection, tokens, next);
      const packet = await connection.packet;
      next = packet === undefined ? this.#afterCut(next, written, rewind) : this.#after(packet);
    }
  }

  /** Writes until there is an answer. Returns the index after the last written notification. */
  async #write(connection: LegacyClient, tokens: readonly Buffer[], from: number): Promise<number> {
    let isAnswered = false;
    void connection.packet.then(() => {
      isAnswered = true;
    });
    let index = from;
    for (; index < tokens.length && !isAnswered; ) {
      const end = Math.min(tokens.length, index + 50);
      const frames = tokens.slice(index, end).map((token, offset) => this.#frame(token, index + offset));
      connection.send(...frames);
      index = end;
      await Promise.race([drained(connection), connection.packet]);
    }
    return index;
  }

  #frame(token: Buffer, identifier: number): Buffer {
    return encodeNotification({ command: this.#command, token, payload: HELLO, identifier, expiry: 0 });
  }

  #after({ status, identifier }: ErrorPacket): number {
    if (status !== 10) this.reports.push({ status, index: identifier });
    return identifier + 1;
  }

  #afterCut(from: number, written: number, rewind: number): number {
    this.cuts++;
    const next = Math.max(from, written - rewind);
    this.doubts += written - next;
    return next;
  }
}

/** Resolves when the written bytes have left, but in a later turn of the event loop at the earliest. */
async function drained({ socket }: LegacyClient): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => void setImmediate(resolve);
    if (socket.writableNeedDrain) socket.once("drain", done).once("close", done);
    else done();
  });
}
