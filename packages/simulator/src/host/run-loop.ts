import type { World } from "../world/world.ts";
import type { EventLoop } from "./event-loop.ts";

const { setImmediate } = globalThis;

/**
 * Immediates that are set together. Node runs ticks and promises between two of them, as it does between two
 * turns of its event loop, and spares the turns.
 */
const TOGETHER = 64;

/**
 * Turns after which a run is given up: the engine is busy without end. A run with full buffers and segments of few octets
 * takes up to 400,000.
 */
const MOST_TURNS = 1_000_000;

/**
 * Runs a process until the world's end. Each callback has a real immediate to itself: the ticks and promises
 * that it causes have run before the next one.
 */
export function runLoop(
  loop: EventLoop,
  world: World,
  end: number,
  mostTurns: number = MOST_TURNS,
): Promise<void> {
  return new Promise((resolve) => {
    let set = 0;
    let isOver = false;
    const setSteps = (): void => {
      for (; set < TOGETHER; set++) setImmediate(step);
    };
    const step = (): void => {
      set--;
      if (isOver) return;
      const callback = loop.next(end);
      if (callback === undefined || loop.turns > mostTurns) {
        if (callback !== undefined) world.find(`the process is still busy after ${mostTurns} turns`);
        world.runUntil(end);
        isOver = true;
        resolve();
        return;
      }
      if (set === 0) setSteps();
      try {
        callback();
      } catch (error) {
        world.find(`a callback of the event loop threw ${describe(error)}`);
      }
    };
    setSteps();
  });
}

/** An error with the place where it was thrown. */
export function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
