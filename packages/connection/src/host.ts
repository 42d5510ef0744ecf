/**
 * The host's functions that the engine uses, read when this module is loaded. Fake timers of a test
 * framework, which replace the globals later, must not stop the engine.
 */
export const host = {
  nextTick: process.nextTick.bind(process),
  queueMicrotask: globalThis.queueMicrotask,
  setImmediate: globalThis.setImmediate,
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  /** Monotonic milliseconds. */
  now: performance.now.bind(performance),
  /** Wall-clock milliseconds since 1970. */
  epoch: Date.now,
} as const;
