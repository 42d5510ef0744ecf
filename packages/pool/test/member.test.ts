import type { Transport } from "@apnskit/connection/internal";
import { describe, expect, test } from "vitest";
import { Member } from "../src/member.ts";
import { push } from "./support/pools.ts";

const unlimited = { maxAge: Infinity, maxRequests: Infinity };
const connection = { room: () => 5, doubtful: false } as unknown as Transport;
const member = (lifetime = unlimited, now = 1_000, random = 0) =>
  new Member(connection, lifetime, now, random);

describe("a connection in the pool", () => {
  test("has the room that its connection has", () => {
    expect(member().room(push(1))).toBe(5);
  });

  test("is full from when it had no room until it says that it is worth asking again", () => {
    let room = 1;
    const some = new Member({ room: () => room } as unknown as Transport, unlimited, 0, 0);
    some.room(push(1));
    expect(some.full).toBe(false);
    room = 0;
    some.room(push(1));
    expect(some.full).toBe(true);
    some.freed();
    expect(some.full).toBe(false);
  });

  test("is old after maxAge, less up to 20 % at random", () => {
    expect(member({ ...unlimited, maxAge: 10_000 }, 1_000, 0).retireAt).toBe(11_000);
    expect(member({ ...unlimited, maxAge: 10_000 }, 1_000, 1).retireAt).toBe(9_000);
    expect(member().retireAt).toBe(Infinity);
  });

  test("is worn out after maxRequests answers of any kind, less up to 20 % at random", () => {
    const full = member({ ...unlimited, maxRequests: 10 }, 0, 0);
    for (let i = 0; i < 9; i++) full.answered(i % 2 === 0 ? 500 : 200);
    expect(full.isWornOut).toBe(false);
    full.answered(200);
    expect(full.isWornOut).toBe(true);
    const early = member({ ...unlimited, maxRequests: 10 }, 0, 1);
    for (let i = 0; i < 8; i++) early.answered(200);
    expect(early.isWornOut).toBe(true);
    expect(member().isWornOut).toBe(false);
  });

  test("counts answers with status 500 in a row: any other one ends the row", () => {
    const suspect = member();
    suspect.answered(500);
    suspect.answered(500);
    expect(suspect.errorsInARow).toBe(2);
    suspect.answered(200);
    expect(suspect.errorsInARow).toBe(0);
  });

  test("has proven itself after 100 answers that are no 500", () => {
    const proven = member();
    for (let i = 0; i < 99; i++) proven.answered(200);
    for (let i = 0; i < 500; i++) proven.answered(500);
    expect(proven.hasProvenItself(1_000)).toBe(false);
    proven.answered(200);
    expect(proven.hasProvenItself(1_000)).toBe(true);
  });

  test("has proven itself after ten seconds, even if nobody asked it for anything", () => {
    expect(member().hasProvenItself(10_999)).toBe(false);
    expect(member().hasProvenItself(11_000)).toBe(true);
  });

  test("is the last choice while it is silent: from the first time-out to the next answer", () => {
    const silent = member();
    expect(silent.lastChoice).toBe(false);
    silent.timedOut();
    expect([silent.lastChoice, silent.timeoutsInARow]).toEqual([true, 1]);
    silent.answered(503);
    expect([silent.lastChoice, silent.timeoutsInARow]).toEqual([false, 0]);
  });

  test("is the last choice while it is to be replaced, or may be gone", () => {
    const retiring = member();
    retiring.group = "active";
    expect(retiring.lastChoice).toBe(false);
    retiring.group = "retiring";
    expect(retiring.lastChoice).toBe(true);
    const doubtful = { room: () => 5, doubtful: true } as unknown as Transport;
    expect(new Member(doubtful, unlimited, 0, 0).lastChoice).toBe(true);
  });

  test("did some work as soon as one answer has come that does not count against it", () => {
    const one = member();
    one.answered(500);
    one.answered(503);
    one.condemned();
    expect(one.hasAnswered).toBe(false);
    one.answered(400);
    expect(one.hasAnswered).toBe(true);
  });

  test("says why it should be replaced", () => {
    const failing = member();
    failing.answered(500);
    expect(failing.reasonToRetire).toBe("InternalServerError");
    for (let i = 0; i < 3; i++) failing.timedOut();
    expect(failing.reasonToRetire).toBe("timeouts");
    expect(member().reasonToRetire).toBe("maxRequests");
  });
});
