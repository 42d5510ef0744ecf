import { type IncomingMessage, request } from "node:http";
import type { Control } from "../../src/index.ts";

/** One server-sent event. */
export interface SentEvent {
  id: string;
  event: string;
  data: Record<string, never> & {
    entries?: { id: number; status?: number; settledAt?: number }[];
    forgotten?: number;
    upTo?: number;
    run?: string;
    lastId?: number;
  };
}

/** Listens as a page does, and keeps what it hears. */
export class EventReader implements Disposable {
  readonly events: SentEvent[] = [];
  /** Of each entry what was heard last, by id. */
  readonly entries = new Map<number, { id: number; status?: number; settledAt?: number }>();
  status = 0;
  #request: ReturnType<typeof request> | undefined;
  #response: IncomingMessage | undefined;
  #wake: () => void = () => {};
  #rest = "";
  ended = false;
  /** Signs of life. */
  pings = 0;

  static async open(
    { origin }: Pick<Control, "origin">,
    path = "/events",
    headers: Record<string, string> = {},
  ): Promise<EventReader> {
    const reader = new EventReader();
    await new Promise<void>((resolve, reject) => {
      reader.#request = request(`${origin}${path}`, { headers, agent: false }, (response) => {
        reader.status = response.statusCode!;
        reader.#response = response;
        response.setEncoding("utf8");
        response.on("data", (text: string) => reader.#take(text));
        response.on("error", () => {});
        response.on("close", () => {
          reader.ended = true;
          reader.#wake();
        });
        resolve();
      });
      reader.#request.on("error", reject);
      reader.#request.end();
    });
    reader.#request!.on("error", () => {});
    return reader;
  }

  /** Waits until what was heard satisfies the condition. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.ended) throw new Error("The events ended");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Reads nothing from now on. */
  pause(): void {
    this.#response!.pause();
  }

  named(name: string): SentEvent[] {
    return this.events.filter(({ event }) => event === name);
  }

  [Symbol.dispose](): void {
    this.#request?.destroy();
  }

  #take(text: string): void {
    const parts = (this.#rest + text).split("\n\n");
    this.#rest = parts.pop()!;
    for (const part of parts) {
      if (part === ":") this.pings++;
      const fields = Object.fromEntries(
        part
          .split("\n")
          .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]),
      );
      if (fields.event !== undefined) {
        const event: SentEvent = { id: fields.id ?? "", event: fields.event, data: JSON.parse(fields.data!) };
        this.events.push(event);
        for (const entry of event.data.entries ?? []) this.entries.set(entry.id, entry);
      }
    }
    this.#wake();
  }
}
