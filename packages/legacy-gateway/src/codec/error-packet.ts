/** The only answer of a server. It names the notification at fault; then the server closes the connection. */
export interface ErrorPacket {
  /** See {@link Status}; a client must accept other values. */
  readonly status: number;
  /** The client's identifier of the notification; with status 10, of the last one that was accepted. */
  readonly identifier: number;
}

/** Bytes of an error packet. */
export const ERROR_PACKET_LENGTH = 6;

const COMMAND = 8;

/** The six bytes of an error packet. */
export function encodeErrorPacket({ status, identifier }: ErrorPacket): Buffer {
  const packet = Buffer.allocUnsafe(ERROR_PACKET_LENGTH);
  packet[0] = COMMAND;
  packet[1] = status;
  packet.writeUInt32BE(identifier, 2);
  return packet;
}

/** Reads a server's answer in pieces of any size. */
export class ErrorPacketDecoder {
  #bytes: Buffer = Buffer.alloc(0);

  /**
   * Takes bytes in; returns the packet once it is whole, and `undefined` before. Bytes after a packet are
   * ignored, since nothing may follow it.
   *
   * @throws RangeError for an answer that is no error packet
   */
  push(chunk: Uint8Array): ErrorPacket | undefined {
    const missing = ERROR_PACKET_LENGTH - this.#bytes.length;
    if (missing > 0) this.#bytes = Buffer.concat([this.#bytes, chunk.subarray(0, missing)]);
    if (this.#bytes.length > 0 && this.#bytes[0] !== COMMAND) {
      throw new RangeError(`an error packet begins with ${COMMAND}; received ${this.#bytes[0]}`);
    }
    if (this.#bytes.length < ERROR_PACKET_LENGTH) return undefined;
    return { status: this.#bytes[1]!, identifier: this.#bytes.readUInt32BE(2) };
  }
}
