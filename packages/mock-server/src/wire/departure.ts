/** What a connection shows of its state. */
export type ConnectionState = "active" | "draining" | "closed";

type State =
  | { readonly kind: "active" }
  /** Answers above `last` are on their way; the GOAWAY comes after them, since it would make them void. */
  | { readonly kind: "departing"; readonly last: number; readonly frames: Buffer }
  /** The GOAWAY is out. */
  | { readonly kind: "draining"; readonly last: number }
  | { readonly kind: "closed" };

/** How far a connection is on its way out. Decides only; the connection sends the frames. */
export class Departure {
  #state: State = { kind: "active" };

  get state(): ConnectionState {
    return this.#state.kind === "departing" ? "draining" : this.#state.kind;
  }

  /** Whether the GOAWAY still waits for answers that it would make void. */
  get isWaiting(): boolean {
    return this.#state.kind === "departing";
  }

  /** Whether the GOAWAY is out. */
  get isAnnounced(): boolean {
    return this.#state.kind === "draining";
  }

  /** Whether a new stream is looked at. Those above GOAWAY's last one are not (RFC 9113 §6.8). */
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
