import type { PeerOptions, PeerProcess } from "./peer-process.ts";
import type { Availability } from "./program.ts";

/** A server that nobody here wrote: started for one test or bench on a free port of 127.0.0.1. */
export interface Peer<Options extends PeerOptions = PeerOptions> {
  readonly name: string;
  /** Whether the server's program is on this machine; if not, `reason` names what to install. */
  available(): Availability;
  /**
   * Starts the server and resolves once it accepts connections. Stop it with `await using` or `stop()`.
   *
   * @throws Error with the program's own last words, if it is not installed, exits at once or never listens.
   */
  start(options?: Options): Promise<PeerProcess>;
}
