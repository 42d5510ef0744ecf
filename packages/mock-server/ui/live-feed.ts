import type { EntriesEvent, Hello, ServerState } from "./control-api.ts";

/** Receives the events of the feed. */
export interface FeedHandlers {
  /** A server answered. `isOther`: it is another server than before. */
  hello(hello: Hello, isOther: boolean): void;
  entries(event: EntriesEvent): void;
  cleared(upTo: number): void;
  state(state: ServerState): void;
  /** The state of the link to the server changed. */
  link(link: Link): void;
}

export type Link = "connecting" | "live" | "lost";

/** Milliseconds until the next attempt, if the browser does not retry by itself. */
const PAUSE = 1_000;

/**
 * Listens to the server permanently. It survives a lost connection, a restart of the server and a hidden
 * page.
 */
export class LiveFeed {
  readonly #handlers: FeedHandlers;
  #source: EventSource | undefined;
  #timer: number | undefined;
  #run: string | undefined;
  /** The page has all entries up to this id, with their answers. */
  #complete = 0;

  constructor(handlers: FeedHandlers) {
    this.#handlers = handlers;
  }

  start(): void {
    this.#open();
    // A browser opens at most six connections to a server for all tabs together. A hidden tab needs none.
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
        // After the data, so that the server repeats entries that the page failed to store.
        this.#complete = Number(lastEventId);
      });
    on<Hello>("hello", (hello) => this.#onHello(hello));
    on<EntriesEvent>("entries", (event) => this.#handlers.entries(event));
    on<{ upTo: number }>("cleared", ({ upTo }) => this.#handlers.cleared(upTo));
    on<ServerState>("state", (state) => this.#handlers.state(state));
    source.addEventListener("error", () => {
      this.#handlers.link("lost");
      // The browser retries by itself, except after a refusal.
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
    // The new server's ids begin at 1, so a request for entries after the old ids misses some.
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
