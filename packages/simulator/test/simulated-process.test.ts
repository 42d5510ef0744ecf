import { describe, expect, it } from "vitest";
import { EventLoop } from "../src/host/event-loop.ts";
import { runLoop } from "../src/host/run-loop.ts";
import { SimulatedProcess } from "../src/host/simulated-process.ts";
import { World } from "../src/world/world.ts";

function create() {
  const world = new World(1);
  const loop = new EventLoop(world, { chance: 0, most: 0 }, 0);
  const process = new SimulatedProcess("p", 0, 0);
  const seen: string[] = [];
  loop.arrive(() => {
    for (const delay of [10, 30]) {
      loop.setEngineTimeout(() => {
        seen.push(`timer at ${loop.now()}`);
        loop.setImmediate(() => seen.push("immediate"));
      }, delay);
    }
  }, process);
  return { world, loop, process, seen };
}

describe("SimulatedProcess", () => {
  it("runs none of its callbacks after its death, and leaves no timer", async () => {
    const { world, loop, process, seen } = create();
    world.at(20, () => {
      loop.kill(process);
      loop.arrive(() => seen.push("arrival"), process);
    });
    await runLoop(loop, world, 100);
    expect(seen).toEqual(["timer at 10", "immediate"]);
    expect(loop.liveEngineTimers).toBe(0);
  });

  it("runs the callbacks that it has missed after a suspension, in order", async () => {
    const { world, loop, process, seen } = create();
    world.at(5, () => process.suspend());
    world.at(40, () => loop.arrive(() => seen.push("arrival"), process));
    world.at(50, () => loop.wake(process));
    await runLoop(loop, world, 100);
    expect(seen).toEqual(["timer at 50", "timer at 50", "arrival", "immediate", "immediate"]);
  });

  it("hands itself on to callbacks, and not to those of others", async () => {
    const { world, loop, process } = create();
    const seen: (string | undefined)[] = [];
    loop.arrive(() => loop.setImmediate(() => seen.push(loop.current?.name)), process);
    loop.arrive(() => seen.push(loop.current?.name));
    await runLoop(loop, world, 100);
    expect(seen).toEqual([undefined, "p"]);
  });
});
