import { host } from "./host.ts";

/**
 * Reports an error of the caller's code as an uncaught exception, after the engine has finished its work: the engine goes on
 * and the error is not lost.
 */
export function uncaught(error: unknown): void {
  host.queueMicrotask(() => {
    throw error;
  });
}
