import type { Action, Script } from "./script.ts";

/** One attempt of a request, as the server saw it. */
export interface LedgerAttempt {
  /** `apns-id`, else path. */
  readonly key: string;
  readonly path: string;
  /** Counts the attempts with this key from 1. */
  readonly number: number;
  readonly connection: number;
  readonly stream: number;
  /** Bytes of body. */
  readonly bytes: number;
  /** The whole request arrived. */
  readonly whole: boolean;
  /** The head of an answer was sent. */
  readonly began: boolean;
  /** Status of the whole answer that was sent. */
  readonly status: number | null;
  /** Code of the RST_STREAM that the server sent. */
  readonly reset: number | null;
  /**
   * The server reported by REFUSED_STREAM or GOAWAY, before any answer, that it did not process the request.
   */
  readonly disowned: boolean;
  /** The client cancelled the request. */
  readonly cancelled: boolean;
}

/** The server's final record. */
export interface SceneLedger {
  readonly attempts: readonly LedgerAttempt[];
  readonly connections: readonly {
    readonly number: number;
    /** Frames of the client, in order. */
    readonly frames: readonly string[];
    /** Rules of HTTP/2 that the client broke, in the words of the server's library. */
    readonly violations: readonly string[];
  }[];
}

/** Something that happened on the server. */
export interface SceneEvent {
  readonly event:
    | "connected"
    | "disconnected"
    | "head"
    | "whole"
    | "acted"
    | "cancelled"
    | "violation"
    | "missed"
    | "listening"
    | "done"
    | "ledger"
    | "closed";
  readonly key?: string;
  readonly attempt?: number;
  readonly connection?: number;
  readonly stream?: number;
  readonly port?: number;
  readonly text?: string;
  readonly ledger?: SceneLedger;
}

/** One listener of a scripted server, with its own script and ledger. */
export interface Scene extends AsyncDisposable {
  readonly origin: string;
  /** Certificate of the authority to trust, PEM. */
  readonly ca: string;
  /**
   * The first matching event, past or future.
   * @throws Error after ten seconds
   */
  event(name: SceneEvent["event"], matches?: (event: SceneEvent) => boolean): Promise<SceneEvent>;
  /** Makes one connection, or all connections, act now. */
  act(actions: readonly Action[], connection?: number): Promise<void>;
  ledger(): Promise<SceneLedger>;
  /** Ends listener and connections. */
  close(): Promise<SceneLedger>;
}

/** A server that opens scenes. */
export interface Stage extends AsyncDisposable {
  open(script: Script): Promise<Scene>;
}
