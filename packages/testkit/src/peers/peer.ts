import type { PeerOptions, PeerProcess } from "./peer-process.ts";
import type { Availability } from "./program.ts";

/** A server by other authors. A test or bench starts it on a free port of 127.0.0.1. */
export interface Peer<Options extends PeerOptions = PeerOptions> {
  readonly name: string;
  /** Whether the server's program is installed. If not, `reason` names the package to install. */
  available(): Availability;
  /**
   * Starts the server and resolves when it accepts connections. Stop it with `await using` or `stop()`.
   *
   * @throws Error with the program's last output, if it is not installed, exits at once or never listens.
   */
  start(options?: Options): Promise<PeerProcess>;
}
