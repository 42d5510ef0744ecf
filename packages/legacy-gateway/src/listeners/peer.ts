import { readSync } from "node:fs";
import type { TLSSocket } from "node:tls";

/** The part of a socket's handle in use. It is undocumented, but the same in all versions of Node.js. */
interface Handle {
  /** Below 0 where the system has no such number. */
  readonly fd?: number;
  getpeername?(name: object): number;
  readStop?(): number;
}

/** What the system says about the client's side when the gateway reads by itself. */
export type PeerState =
  /** Its end has not come yet. */
  | "open"
  /** It has ended its side in order. */
  | "ended"
  | "reset"
  /** The system cannot be asked. */
  | "unknown";

/** Bytes that one look reads and throws away. */
const LOOK = Buffer.alloc(4_096);
const MOST_READS = 16;

/**
 * Whether the peer has reset a connection that is not read from. The system knows this before Node.js reads. Ask
 * only while this side has not ended. `remoteAddress` does not help, since it keeps its first answer. Without such
 * a handle the answer is no, and the next read reports the reset.
 */
export function isReset(socket: TLSSocket): boolean {
  const failure = handleOf(socket)?.getpeername?.({});
  return failure !== undefined && failure !== 0;
}

/**
 * Whether the end of a connection is a reset. Node.js reports an end for a reset that comes right behind bytes, also
 * after this side has ended. The system still has the error.
 */
export function endedByReset(socket: TLSSocket): boolean {
  return socket.writableEnded ? look(socket) === "reset" : isReset(socket);
}

/** Has Node.js read no more, so that only {@link look} does. Returns whether that is possible. */
export function stopReading(socket: TLSSocket): boolean {
  const handle = handleOf(socket);
  if (handle?.readStop === undefined || handle.fd === undefined || handle.fd < 0) return false;
  return handle.readStop() === 0;
}

/** Reads what has come, throws it away, and says where it ends. Only for connections whose input has no meaning now. */
export function look(socket: TLSSocket): PeerState {
  const fd = handleOf(socket)?.fd;
  if (fd === undefined || fd < 0) return "unknown";
  try {
    for (let reads = 0; reads < MOST_READS; reads++) if (readSync(fd, LOOK) === 0) return "ended";
    return "open";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EAGAIN" ? "open" : "reset";
  }
}

function handleOf(socket: TLSSocket): Handle | undefined {
  const { _handle: handle } = socket as unknown as { readonly _handle?: Handle | null };
  return handle ?? undefined;
}
