/** The visible state of a connection. */
export type ConnectionState = "active" | "draining" | "closed";

type State =
  | { readonly kind: "active" }
  /** Answers above `last` are pending; the GOAWAY follows them, since it would void them. */
  | { readonly kind: "departing"; readonly last: number; readonly frames: Buffer }
  /** The GOAWAY was sent. */
  | { readonly kind: "draining"; readonly last: number }
  | { readonly kind: "closed" };

/** The progress of a connection's end. It only decides; the connection sends the frames. */
export class Departure {
  #state: State = { kind: "active" };

  get state(): ConnectionState {
    return this.#state.kind === "departing" ? "draining" : this.#state.kind;
  }

  /** Whether the GOAWAY waits for answers that it would void. */
  get isWaiting(): boolean {
    return this.#state.kind === "departing";
  }

  /** Whether the GOAWAY was sent. */
  get isAnnounced(): boolean {
    return this.#state.kind === "draining";
  }

  /** Whether a new stream is accepted. Streams above GOAWAY's last one are ignored (RFC 9113 §6.8). */
  takes(stream: number): boolean {
    if (this.#state.kind === "active") return true;
    return this.#state.kind !== "closed" && stream <= this.#state.last;
  }

  /** @param last the last stream that still gets its answer @param frames the GOAWAY */
  begin(last: number, frames: Buffer): void {
    if (this.#state.kind === "active") this.#state = { kind: "departing", last, frames };
  }

  /** @returns the GOAWAY, once no stream above its last one is open */
  announce(open: Iterable<number>): Buffer | undefined {
    if (this.#state.kind !== "departing") return undefined;
    const { last, frames } = this.#state;
    for (const stream of open) if (stream > last) return undefined;
    this.#state = { kind: "draining", last };
    return frames;
  }

  close(): void {
    this.#state = { kind: "closed" };
  }
}
