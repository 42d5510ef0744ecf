import type { EntriesEvent, Hello, ServerState } from "./control-api.ts";

/** What the feed tells. */
export interface FeedHandlers {
  /** The server that answers; `isOther` if it is not the one that was there before. */
  hello(hello: Hello, isOther: boolean): void;
  entries(event: EntriesEvent): void;
  cleared(upTo: number): void;
  state(state: ServerState): void;
  /** Whether the server is there. */
  link(link: Link): void;
}

export type Link = "connecting" | "live" | "lost";

/** Milliseconds until the next attempt, where the browser makes none of its own. */
const PAUSE = 1_000;

/** Listens to the server, for good: over a lost connection, a restart, and a page that was hidden. */
export class LiveFeed {
  readonly #handlers: FeedHandlers;
  #source: EventSource | undefined;
  #timer: number | undefined;
  #run: string | undefined;
  /** All entries up to this one are known with their answers. */
  #complete = 0;

  constructor(handlers: FeedHandlers) {
    this.#handlers = handlers;
  }

  start(): void {
    this.#open();
    // A browser opens six connections to a server, for all tabs together: a hidden tab needs none.
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.#stop();
      else if (!this.#source) this.#open();
    });
  }

  #open(): void {
    this.#stop();
    const source = new EventSource(`/events?after=${this.#complete}`);
    this.#source = source;
    this.#handlers.link("connecting");
    const on = <Data>(name: string, handle: (data: Data) => void) =>
      source.addEventListener(name, (event) => {
        const { data, lastEventId } = event as MessageEvent<string>;
        handle(JSON.parse(data) as Data);
        // After the data: what could not be taken in is told again.
        this.#complete = Number(lastEventId);
      });
    on<Hello>("hello", (hello) => this.#onHello(hello));
    on<EntriesEvent>("entries", (event) => this.#handlers.entries(event));
    on<{ upTo: number }>("cleared", ({ upTo }) => this.#handlers.cleared(upTo));
    on<ServerState>("state", (state) => this.#handlers.state(state));
    source.addEventListener("error", () => {
      this.#handlers.link("lost");
      // The browser tries again unless the answer was a refusal.
      if (source.readyState === EventSource.CLOSED)
        this.#timer = window.setTimeout(() => this.#open(), PAUSE);
    });
  }

  #onHello(hello: Hello): void {
    const isOther = this.#run !== undefined && hello.run !== this.#run;
    this.#run = hello.run;
    this.#handlers.hello(hello, isOther);
    this.#handlers.link("live");
    if (!isOther) return;
    // Its ids begin at 1 again, so what was asked for behind the old ones is not all.
    this.#complete = 0;
    queueMicrotask(() => {
      this.#complete = 0;
      this.#open();
    });
  }

  #stop(): void {
    window.clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = undefined;
  }
}
