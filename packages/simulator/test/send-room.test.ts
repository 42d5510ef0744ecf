import { describe, expect, it } from "vitest";
import { SendRoom } from "../src/network/send-room.ts";

describe("SendRoom", () => {
  it("has less room for octets that were taken, until their room comes back", () => {
    const room = new SendRoom(100);
    room.take(70);
    room.giveBack(50, 20);
    room.giveBack(20, 10);
    expect([room.freeAt(0), room.firstReturn]).toEqual([30, 10]);
    expect([room.freeAt(10), room.firstReturn]).toEqual([50, 20]);
    expect([room.freeAt(25), room.firstReturn]).toEqual([100, Number.POSITIVE_INFINITY]);
  });

  it("is enough for a process that waits when a third of it is free", () => {
    const room = new SendRoom(90);
    room.take(90);
    room.giveBack(29, 1);
    room.giveBack(1, 2);
    expect([room.isEnoughAt(1), room.isEnoughAt(2)]).toEqual([false, true]);
  });

  it("gets no room back after it was cut off", () => {
    const room = new SendRoom(100);
    room.take(100);
    room.giveBack(10, 5);
    room.giveBack(90, 15);
    room.cutOff(5);
    expect([room.freeAt(100), room.firstReturn]).toEqual([10, Number.POSITIVE_INFINITY]);
  });
});
