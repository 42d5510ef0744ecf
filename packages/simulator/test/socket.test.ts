import { SeededRandom } from "@apnskit/testkit/seeded-random";
import { describe, expect, it } from "vitest";
import { EventLoop } from "../src/host/event-loop.ts";
import { runLoop } from "../src/host/run-loop.ts";
import type { Link } from "../src/network/link.ts";
import { type ReadTarget, SimulatedSocket } from "../src/network/socket.ts";
import { World } from "../src/world/world.ts";

/** A socket whose machine has room for 10 octets, and a link that does nothing. */
function create(target?: ReadTarget) {
  const world = new World(1);
  const loop = new EventLoop(world, { chance: 0, most: 0 }, 0);
  const socket = new SimulatedSocket(world, loop, new SeededRandom(1), 1, "192.0.2.1", 10, target);
  const accepted: number[] = [];
  socket.attach({
    onWritten: () => {},
    onRead: () => {},
    onAccepted: (octets: number) => accepted.push(octets),
    onFinished: () => {},
    onDestroyed: () => {},
  } as unknown as Link);
  return { world, loop, socket, accepted };
}

describe("SimulatedSocket", () => {
  it("takes as many octets as it has room for, and the rest when room comes back", async () => {
    const { world, loop, socket, accepted } = create();
    const ends: number[] = [];
    loop.arrive(() => {
      socket.write(Buffer.alloc(25), () => ends.push(loop.now()));
      socket.onConsumed(10, 30);
      socket.onConsumed(10, 20);
    });
    await runLoop(loop, world, 100);
    expect(accepted).toEqual([10, 10, 5]);
    expect(ends).toEqual([30]);
    expect(world.findings).toEqual([]);
  });

  it.each([
    { part: "has been taken", place: 0 },
    { part: "has not been taken", place: 20 },
  ])("finds a change of an octet that $part, while the write is under way", async ({ place }) => {
    const { world, loop, socket } = create();
    const bytes = Buffer.alloc(25);
    loop.arrive(() => socket.write(bytes));
    world.at(10, () => bytes.fill(1, place, place + 1));
    world.at(20, () => socket.onConsumed(20, 20));
    await runLoop(loop, world, 100);
    expect(world.findings.join()).toContain("octets were changed");
  });

  it("finds nothing in a change after the callback", async () => {
    const { world, loop, socket } = create();
    const bytes = Buffer.alloc(5);
    loop.arrive(() => socket.write(bytes, () => void bytes.fill(1)));
    await runLoop(loop, world, 100);
    expect(world.findings).toEqual([]);
  });

  it("hands on octets in order, whatever the segments are", async () => {
    const received: Buffer[] = [];
    const buffer = Buffer.alloc(4);
    const { world, loop, socket } = create({
      buffer,
      callback: (length) => {
        received.push(Buffer.from(buffer.subarray(0, length)));
        return true;
      },
    });
    for (const text of ["abcdefg", "hi", "jklmnop"]) socket.onSent(Buffer.from(text));
    for (const [at, octets] of [3, 6, 7].entries()) world.at(at, () => socket.onOctets(octets));
    await runLoop(loop, world, 100);
    expect(Buffer.concat(received).toString()).toBe("abcdefghijklmnop");
  });
});
