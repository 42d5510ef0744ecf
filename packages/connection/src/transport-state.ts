import type { TLSSocket } from "node:tls";
import type { ConnectionEvents, ConnectionState } from "./connection-state.ts";
import type { Keepalive } from "./keepalive.ts";

/** The events of a transport: those of its connection, and one for the pool. */
export interface TransportEvents extends ConnectionEvents {
  /** GOAWAY came after it had stopped taking requests, and may say more than what it stopped for. */
  dismissed: [reason: string];
}

/** The state of a {@link Transport}, with what exists in that state only. */
export type TransportState =
  | {
      readonly name: "connecting";
      readonly socket: TLSSocket | undefined;
      /** True: the first SETTINGS frame came before the socket was handed over. */
      readonly greeted: boolean;
    }
  | { readonly name: "active"; readonly socket: TLSSocket; readonly keepalive: Keepalive }
  | {
      readonly name: "draining";
      readonly socket: TLSSocket;
      readonly keepalive: Keepalive;
      readonly reason: string;
    }
  | { readonly name: "closed"; readonly socket: TLSSocket | undefined; readonly reason: string };

/** What moves a transport from one state to the next. */
export type TransportInput =
  /** The server's first SETTINGS frame. */
  | "settings"
  /** No more requests: GOAWAY, `close({ drain })`, stream ids used up. */
  | "drain"
  /** Lost, closed, broken protocol, no answer to a PING, or drained. */
  | "end";

type Row = Readonly<Record<TransportInput, ConnectionState | undefined>>;

/** Every input in every state; `undefined`: the input changes nothing. */
const moves: Readonly<Record<ConnectionState, Row>> = {
  connecting: { settings: "active", drain: "closed", end: "closed" },
  active: { settings: undefined, drain: "draining", end: "closed" },
  draining: { settings: undefined, drain: undefined, end: "closed" },
  closed: { settings: undefined, drain: undefined, end: undefined },
};

/** The state that an input leads to, or `undefined` when it changes nothing in this state. */
export function nextState(state: ConnectionState, input: TransportInput): ConnectionState | undefined {
  return moves[state][input];
}
