import { afterEach, beforeEach } from "vitest";

/**
 * Collects the errors that would have ended the process during a test: uncaught exceptions and unhandled
 * rejections.
 */
export function watchUncaught(): unknown[] {
  const uncaught: unknown[] = [];
  const names = ["uncaughtException", "unhandledRejection"] as const;
  const before = new Map<string, NodeJS.UncaughtExceptionListener[]>();
  const note = (error: unknown): void => void uncaught.push(error);
  beforeEach(() => {
    uncaught.length = 0;
    for (const name of names) {
      before.set(name, process.listeners(name as "uncaughtException"));
      process.removeAllListeners(name).on(name as "uncaughtException", note);
    }
  });
  afterEach(() => {
    for (const name of names) {
      process.removeAllListeners(name);
      for (const listener of before.get(name) ?? []) process.on(name as "uncaughtException", listener);
    }
  });
  return uncaught;
}

/** Waits for turns of the event loop, so that thrown errors have surfaced. */
export async function turns(count = 5): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}
