import type { Socket } from "node:net";

/**
 * Resets a connection. Node.js cannot do so while it shuts the connection down: such a socket would never close, and the
 * process would spin at its end.
 */
export function resetSocket(socket: Socket): void {
  const isShuttingDown = socket.writableEnded && socket.writableLength === 0 && !socket.writableFinished;
  if (isShuttingDown) socket.once("finish", () => socket.resetAndDestroy());
  else socket.resetAndDestroy();
}
