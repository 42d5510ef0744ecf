import { SeededRandom } from "@apnskit/testkit/seeded-random";
import { describe, expect, it } from "vitest";
import { SimulatedDisk } from "../src/disk/simulated-disk.ts";
import { EventLoop } from "../src/host/event-loop.ts";
import { runLoop } from "../src/host/run-loop.ts";
import { SimulatedProcess } from "../src/host/simulated-process.ts";
import { World } from "../src/world/world.ts";

const SOUND = { latency: 1, shortness: 0, syncFailures: 0 };

function create({ seed = 1, quality = SOUND } = {}) {
  const world = new World(seed);
  const loop = new EventLoop(world, { chance: 0, most: 0 }, 0);
  const disk = new SimulatedDisk(world, loop, new SeededRandom(seed), quality);
  const process = new SimulatedProcess("p", 0, 0);
  /** Lets the process do something, to its end. */
  const act = async (script: () => Promise<unknown>): Promise<unknown> => {
    let result: unknown = "no end";
    loop.arrive(() => {
      void script().then(
        (value) => {
          result = value;
        },
        (error: NodeJS.ErrnoException) => {
          result = error.code;
        },
      );
    }, process);
    await runLoop(loop, world, world.now + 60_000);
    return result;
  };
  return { world, disk, process, act };
}

const text = Buffer.from("0123456789".repeat(200));

describe("SimulatedDisk", () => {
  it("keeps synced octets, and loses some of the others when the power fails", async () => {
    const sizes = new Set<number>();
    for (let seed = 1; seed <= 30; seed++) {
      const { disk, act } = create({ seed });
      const script = async (): Promise<void> => {
        const file = await disk.open("/f", true);
        await disk.syncFolder();
        await disk.write(file, text.subarray(0, 100), 0);
        await disk.sync(file);
        await disk.write(file, text.subarray(100), 100);
      };
      await act(script);
      disk.losePower();
      const content = (await act(() => disk.contentOf("/f"))) as string;
      expect(content.slice(0, 100)).toBe(text.toString("latin1", 0, 100));
      sizes.add(content.length);
    }
    expect(sizes.has(100)).toBe(true);
    expect(sizes.has(text.length)).toBe(true);
    expect(sizes.size).toBeGreaterThan(2);
  });

  it("loses some names that were not synced with their folder", async () => {
    const found = new Set<unknown>();
    for (let seed = 1; seed <= 10; seed++) {
      const { disk, act } = create({ seed });
      await act(() => disk.create("/lock", "content"));
      disk.losePower();
      found.add(await act(() => disk.contentOf("/lock")));
    }
    expect(found).toEqual(new Set(["content", undefined]));
  });

  it("writes in part, and then not at all, when it is full", async () => {
    const { disk, act } = create();
    const file = (await act(() => disk.open("/f", true))) as never;
    disk.isFull = true;
    const write = async (): Promise<void> => {
      for (let written = 0; written < text.length; )
        written += await disk.write(file, text.subarray(written), written);
    };
    expect(await act(write)).toBe("ENOSPC");
    expect(await act(() => disk.create("/g", ""))).toBe("ENOSPC");
  });

  it("reads and writes less than was asked for, where it is drawn so", async () => {
    const { disk, act } = create({ quality: { ...SOUND, shortness: 1 } });
    const file = (await act(() => disk.open("/f", true))) as never;
    expect(await act(() => disk.write(file, text, 0))).toBeLessThan(text.length);
  });

  it("tells a killed process nothing, and does its operations whole, in part, or not", async () => {
    const sizes = new Set<number>();
    for (let seed = 1; seed <= 30; seed++) {
      const { world, disk, process, act } = create({ seed, quality: { ...SOUND, latency: 1_000 } });
      const file = (await act(() => disk.open("/f", true))) as { readonly content: Buffer };
      world.at(world.now + 1, () => {
        process.die();
        disk.kill(process);
      });
      // Some writes are done before.
      const isTold = (await act(() => disk.write(file as never, text, 0))) !== "no end";
      if (!isTold) sizes.add(file.content.length);
    }
    expect(sizes.has(0)).toBe(true);
    expect(sizes.has(text.length)).toBe(true);
    expect(sizes.size).toBeGreaterThan(2);
  });
});
