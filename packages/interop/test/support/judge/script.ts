/** Values of SETTINGS, by RFC 9113 §6.5.2. */
export interface SettingValues {
  readonly headerTableSize?: number;
  readonly maxConcurrentStreams?: number;
  readonly initialWindowSize?: number;
  readonly maxFrameSize?: number;
  readonly maxHeaderListSize?: number;
}

/** A whole answer. */
export interface ScriptedAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A list leaves as one DATA frame per element; an object is sent as JSON. */
  readonly body?: string | readonly string[] | Readonly<Record<string, unknown>>;
  /** END_STREAM is on the last frame (default), on an empty DATA frame, or on trailers. */
  readonly end?: "last" | "separate" | "trailers";
}

/** One action of a scripted server. */
export type Action =
  | { readonly answer: ScriptedAnswer }
  /** The head of an answer. The script does not end the answer. */
  | { readonly head: { readonly status: number } }
  /** RST_STREAM with this code. */
  | { readonly reset: string }
  | {
      readonly goaway: {
        /** Last stream id: below or at this request's, 2³¹ − 1, or a number. */
        readonly last: "below" | "this" | "above" | number;
        readonly code?: string;
        readonly debug?: string | Readonly<Record<string, unknown>>;
      };
    }
  | { readonly close: "fin" | "reset" }
  | { readonly settings: SettingValues }
  /** WINDOW_UPDATE for the connection, for the stream at hand or for the stream `id`. */
  | { readonly window: { readonly connection?: number; readonly stream?: number; readonly id?: number } }
  | { readonly ping: true }
  /** Whether the server reads. */
  | { readonly read: boolean }
  /** Whether the server keeps silent, also about PING. */
  | { readonly mute: boolean }
  /** Whether the server takes new connections. */
  | { readonly listen: boolean }
  /** Milliseconds. */
  | { readonly wait: number };

/** The actions for one attempt: after its head, and after the whole request. */
export interface Step {
  readonly head?: readonly Action[];
  readonly whole?: readonly Action[];
}

/** The initial state of a connection. */
export interface ConnectionPlan {
  /** The first SETTINGS frame. Default 1,000 streams. */
  readonly settings?: SettingValues;
  /** Window of the connection, from 65,535. */
  readonly connectionWindow?: number;
  /** Flow-control credit that the server returns. Default `"automatic"`. */
  readonly credit?: "automatic" | "none" | { readonly bytes: number; readonly every: number };
  /** Milliseconds that the server pauses after each read. */
  readonly readEvery?: number;
  /** Whether the server handles requests on this connection. It always answers PING. Default true. */
  readonly answers?: boolean;
  /** Actions right after the first SETTINGS frame. */
  readonly begin?: readonly Action[];
}

/** The behaviour of a server, as plain data. */
export interface Script {
  /** One plan per connection. The last plan applies to all later connections. */
  readonly connections?: readonly ConnectionPlan[];
  /** One step per attempt of a request. */
  readonly requests?: readonly Step[];
  /** Steps for single paths, which replace `requests`. */
  readonly paths?: Readonly<Record<string, readonly Step[]>>;
  /** The step for attempts after the last step. Default: the server accepts them. */
  readonly afterwards?: Step;
}
