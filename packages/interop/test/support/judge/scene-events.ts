import type { SceneEvent } from "./scene.ts";

interface Waiter {
  readonly matches: (event: SceneEvent) => boolean;
  readonly resolve: (event: SceneEvent) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** Milliseconds after which a wait fails with a message, so that a broken test does not hang. */
const PATIENCE = 10_000;

/** The events of a scene, and the tests that wait for events. */
export class SceneEvents {
  readonly #events: SceneEvent[] = [];
  readonly #waiters = new Set<Waiter>();
  #over: string | undefined;

  add(event: SceneEvent): void {
    this.#events.push(event);
    for (const waiter of this.#waiters) {
      if (!waiter.matches(event)) continue;
      this.#leave(waiter);
      waiter.resolve(event);
    }
  }

  /** @param from index of the first event that counts */
  first(
    name: SceneEvent["event"],
    matches: (event: SceneEvent) => boolean = () => true,
    from = 0,
  ): Promise<SceneEvent> {
    const fits = (event: SceneEvent): boolean => event.event === name && matches(event);
    const known = this.#events.slice(from).find(fits);
    if (known !== undefined) return Promise.resolve(known);
    if (this.#over !== undefined) return Promise.reject(new Error(this.#over));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#leave(waiter);
        const seen = this.#events.map(({ event }) => event).join(" ");
        reject(new Error(`waited in vain for "${name}" of the server; seen: ${seen || "nothing"}`));
      }, PATIENCE);
      const waiter: Waiter = { matches: fits, resolve, reject, timer };
      this.#waiters.add(waiter);
    });
  }

  /** The number of events so far. */
  get count(): number {
    return this.#events.length;
  }

  /** No more events will come. */
  end(reason: string): void {
    this.#over = reason;
    for (const waiter of this.#waiters) {
      this.#leave(waiter);
      waiter.reject(new Error(reason));
    }
  }

  #leave(waiter: Waiter): void {
    clearTimeout(waiter.timer);
    this.#waiters.delete(waiter);
  }
}
