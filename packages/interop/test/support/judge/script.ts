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

/** One thing that a scripted server does. */
export type Action =
  | { readonly answer: ScriptedAnswer }
  /** The head of an answer that the script does not end. */
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

/** What happens to one attempt: when its head is there, and when the whole of it is. */
export interface Step {
  readonly head?: readonly Action[];
  readonly whole?: readonly Action[];
}

/** How a connection begins. */
export interface ConnectionPlan {
  /** The first SETTINGS frame; 1,000 streams unless it says otherwise. */
  readonly settings?: SettingValues;
  /** Window of the connection, from 65,535. */
  readonly connectionWindow?: number;
  /** Flow-control credit that the server returns. Default `"automatic"`. */
  readonly credit?: "automatic" | "none" | { readonly bytes: number; readonly every: number };
  /** Milliseconds that the server pauses after each read. */
  readonly readEvery?: number;
  /** Whether requests over this connection are dealt with; PING is answered in any case. Default true. */
  readonly answers?: boolean;
  /** What happens right after the first SETTINGS frame. */
  readonly begin?: readonly Action[];
}

/** What a server does, as plain data. */
export interface Script {
  /** By number of the connection; the last one counts for all later ones. */
  readonly connections?: readonly ConnectionPlan[];
  /** By attempt of a request. */
  readonly requests?: readonly Step[];
  /** The same for single paths. */
  readonly paths?: Readonly<Record<string, readonly Step[]>>;
  /** What happens to attempts behind the last step. Default: they are accepted. */
  readonly afterwards?: Step;
}
