import { describe, expect, it } from "vitest";
import { EventLoop } from "../src/host/event-loop.ts";
import { runLoop } from "../src/host/run-loop.ts";
import { World } from "../src/world/world.ts";

function create(): { world: World; loop: EventLoop; seen: string[]; note: (what: string) => () => void } {
  const world = new World(1);
  const loop = new EventLoop(world, { chance: 0, most: 0 }, 1_000_000);
  const seen: string[] = [];
  return { world, loop, seen, note: (what) => () => void seen.push(`${what} at ${loop.now()}`) };
}

describe("EventLoop", () => {
  it("runs timers, then arrivals, then immediates", async () => {
    const { world, loop, seen, note } = create();
    loop.setImmediate(note("immediate"));
    loop.arrive(note("arrival"));
    world.at(3, () => loop.arrive(note("late arrival")));
    loop.setTimeout(() => {
      note("timer")();
      loop.setImmediate(note("second immediate"));
    }, 3);
    await runLoop(loop, world, 100);
    expect(seen).toEqual([
      "arrival at 0",
      "immediate at 0",
      "timer at 3",
      "late arrival at 3",
      "second immediate at 3",
    ]);
  });

  it("runs ticks and promises of a callback before the next one", async () => {
    const { world, loop, seen, note } = create();
    for (const name of ["first", "second"]) {
      loop.arrive(() => {
        note(name)();
        void Promise.resolve().then(note(`${name} promise`));
        process.nextTick(note(`${name} tick`));
      });
    }
    await runLoop(loop, world, 1);
    expect(seen.map((line) => line.replace(" at 0", ""))).toEqual([
      "first",
      "first tick",
      "first promise",
      "second",
      "second tick",
      "second promise",
    ]);
  });

  it.each([
    { stands: false, at: 5_010 },
    { stands: true, at: 10 },
  ])("wakes up late from a suspension; its monotonic clock stood still: $stands", async ({ stands, at }) => {
    const { world, loop, seen, note } = create();
    loop.setTimeout(note("timer"), 10);
    world.at(10, () => loop.pause(5_000, stands));
    await runLoop(loop, world, 10_000);
    expect(seen).toEqual([`timer at ${at}`]);
    expect(loop.epoch()).toBe(1_010_000);
    expect(loop.latest(10, 0)).toBe(at);
  });

  it("handles arrivals before or after timers when it wakes up", async () => {
    const orders = new Set<string>();
    for (let seed = 0; seed < 10; seed++) {
      const world = new World(seed);
      const loop = new EventLoop(world, { chance: 0, most: 0 }, 0);
      const seen: string[] = [];
      loop.setTimeout(() => seen.push("timer"), 10);
      world.at(5, () => loop.pause(100, false));
      world.at(20, () => loop.arrive(() => seen.push("arrival")));
      await runLoop(loop, world, 1_000);
      orders.add(seen.join());
    }
    expect([...orders].sort()).toEqual(["arrival,timer", "timer,arrival"]);
  });

  it("sets the wall clock without touching the other", async () => {
    const { world, loop } = create();
    world.at(10, () => loop.setWallClock(-500));
    await runLoop(loop, world, 100);
    expect([loop.now(), loop.epoch()]).toEqual([100, 999_600]);
  });

  it("does not run a cancelled timer", async () => {
    const { world, loop, seen, note } = create();
    const timer = loop.setTimeout(note("timer"), 10);
    world.at(1, () => loop.clearTimeout(timer));
    await runLoop(loop, world, 100);
    expect(seen).toEqual([]);
  });

  it("gives up a process that is busy without end", async () => {
    const { world, loop } = create();
    const again = (): void => void loop.setImmediate(again);
    again();
    await runLoop(loop, world, 100, 1_000);
    expect(world.findings.join()).toContain("still busy");
  });
});
