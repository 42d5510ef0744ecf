import type { SeededRandom } from "@apnskit/testkit/seeded-random";
import type { EventLoop } from "../host/event-loop.ts";
import type { Network } from "../network/network.ts";
import type { Judge } from "../oracles/judge.ts";
import type { World } from "../world/world.ts";

/** The surroundings of callers. */
export interface Stage {
  readonly world: World;
  readonly loop: EventLoop;
  readonly network: Network;
  readonly judge: Judge;
  /** True: nothing more is begun. */
  readonly isOver: boolean;
  readonly random: SeededRandom;
}

/** Begins something at its moment of the plan, unless a suspension has moved that behind the end of the run. */
export function begin(stage: Stage, at: number, task: () => void): void {
  stage.loop.setTimeout(() => {
    if (!stage.isOver) task();
  }, at);
}

/** Resolves after so many milliseconds of the process's time. */
export function sleep(loop: EventLoop, delay: number): Promise<void> {
  return new Promise((resolve) => loop.setTimeout(() => resolve(), delay));
}

/** An identifier in the form of a UUID. */
export function identifier(actor: number, operation: number, place: number): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");
  return `00000000-${hex(actor, 4)}-4000-8000-${hex(operation, 6)}${hex(place, 6)}`;
}

/** A different device token for each request: 64 hexadecimal digits. */
export function tokenFor(key: string): string {
  return key.replaceAll("-", "").padEnd(64, "0");
}
