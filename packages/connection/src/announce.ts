import type { EventEmitter } from "node:events";
import { uncaught } from "./uncaught.ts";

/**
 * Emits an event to each listener separately. An error that a listener throws becomes an uncaught exception; it reaches
 * neither the other listeners nor the engine, which is in the middle of its work.
 */
export function announce<Events extends Record<keyof Events, unknown[]>, Name extends keyof Events & string>(
  emitter: EventEmitter<Events>,
  name: Name,
  ...args: Events[Name]
): void {
  // Raw listeners: those of `once` remove themselves.
  for (const listener of emitter.rawListeners(name as never)) {
    try {
      listener.apply(emitter, args);
    } catch (error) {
      uncaught(error);
    }
  }
}
