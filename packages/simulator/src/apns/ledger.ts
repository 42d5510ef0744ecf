/** How an attempt ended at the server. */
export type Fate =
  /** It has not ended. */
  | "open"
  /** A whole answer was sent. */
  | "answered"
  /** Its stream was reset with REFUSED_STREAM before an answer had begun: it was not acted on. */
  | "refused"
  /** A GOAWAY frame left it out: it was not acted on. */
  | "excluded"
  /** Its stream was reset with another code, or after an answer had begun. */
  | "reset"
  /** The process gave it up. */
  | "cancelled"
  /** The connection ended before. */
  | "lost";

/** One stream that carried a request. */
export interface Attempt {
  readonly key: string;
  readonly socket: number;
  readonly stream: number;
  /** True time. */
  readonly writtenAt: number;
  /** True when the whole request has arrived. */
  complete: boolean;
  /** The server has acted on the request. */
  acted: boolean;
  fate: Fate;
  /** The process has reset its stream. */
  givenUp: boolean;
  /** The process has read how the attempt ended. */
  told: boolean;
  /** Of the answer, if one was sent. */
  status: number | undefined;
  reason: string | undefined;
}

const NO_FIELDS: ReadonlyMap<string, string> = new Map();

/** All that the simulated APNs knows about requests, by their identifier. */
export class Ledger {
  readonly #attempts = new Map<string, Attempt[]>();
  /** Told of each request whose first octet is handed to a socket, before it is entered. */
  onWritten: (attempt: Attempt, earlier: readonly Attempt[], fields: ReadonlyMap<string, string>) => void =
    () => {};
  /** Told when the server acts on a request. */
  onActed: (attempt: Attempt, all: readonly Attempt[]) => void = () => {};

  /** The attempts at a request, in order. */
  attempts(key: string): readonly Attempt[] {
    return this.#attempts.get(key) ?? [];
  }

  /** How often the server has acted on a request. */
  acted(key: string): number {
    return this.attempts(key).filter(({ acted }) => acted).length;
  }

  write(
    key: string,
    socket: number,
    stream: number,
    writtenAt: number,
    fields: ReadonlyMap<string, string> = NO_FIELDS,
  ): Attempt {
    const attempt: Attempt = {
      key,
      socket,
      stream,
      writtenAt,
      complete: false,
      acted: false,
      fate: "open",
      givenUp: false,
      told: false,
      status: undefined,
      reason: undefined,
    };
    const all = this.#attempts.get(key);
    this.onWritten(attempt, all ?? [], fields);
    if (all === undefined) this.#attempts.set(key, [attempt]);
    else all.push(attempt);
    return attempt;
  }

  act(attempt: Attempt): void {
    attempt.acted = true;
    this.onActed(attempt, this.attempts(attempt.key));
  }
}
