import type { TLSSocket } from "node:tls";

/** The part of a socket's handle in use. It is undocumented, but the same in all versions of Node.js. */
interface PeerHandle {
  getpeername?(name: object): number;
}

/**
 * Whether the peer has reset a connection. The system knows this before Node.js reads. Ask only while this
 * side has not ended. `remoteAddress` does not help, since it keeps its first answer. Without such a handle
 * the answer is no, and the next read reports the reset.
 */
export function isReset(socket: TLSSocket): boolean {
  const { _handle: handle } = socket as unknown as { readonly _handle?: PeerHandle | null };
  const failure = handle?.getpeername?.({});
  return failure !== undefined && failure !== 0;
}
