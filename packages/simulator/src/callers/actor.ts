import type { Attempt } from "../apns/ledger.ts";
import type { SimulatedSocket } from "../network/socket.ts";
import type { ActorView } from "../oracles/request-record.ts";
import type { Holding } from "../oracles/retention.ts";

/** A caller at work. */
export interface Actor extends ActorView {
  /** The host that only its connections go to. */
  readonly host: string;
  /** It begins to connect. */
  onConnect(socket: SimulatedSocket): void;
  /** Octets that it has read refuse its certificate. @param attempt in the answer to this one */
  onRefused?(attempt: Attempt | undefined): void;
  /** Opens, and begins with its operations. */
  start(): void;
  /** Posts something that must be accepted now, if it is open. */
  probe(): void;
  /** Closes; resolves when that is done. */
  close(): Promise<void>;
  /** The requests and timers that it holds now. */
  holding(): Holding;
  /** Figures that must be 0 after it was closed, by name. */
  leftovers(): Readonly<Record<string, number>>;
}
