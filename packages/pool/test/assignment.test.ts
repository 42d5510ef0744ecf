import { describe, expect, test } from "vitest";
import { assign, type Candidate } from "../src/assignment.ts";

interface Named extends Candidate<string> {
  readonly name: string;
}

function candidate(name: string, room: number, lastChoice = false): Named {
  return { name, lastChoice, full: false, room: () => room };
}

const chosen = (candidates: Named[], avoid?: Named, turn = 0) =>
  assign(candidates, "item", turn, avoid)?.name;

describe("who gets the next request", () => {
  test("the one with the most room", () => {
    expect(chosen([candidate("a", 3), candidate("b", 7), candidate("c", 5)])).toBe("b");
  });

  test("of several with as much room, each in its turn", () => {
    const equal = [candidate("a", 3), candidate("b", 3), candidate("c", 2)];
    expect([0, 1, 2, 3, 4].map((turn) => chosen(equal, undefined, turn))).toEqual(["a", "b", "a", "a", "b"]);
  });

  test("of very many, the one with the most room of the next four that have some", () => {
    const rooms = [1, 0, 2, 9, 3, 50, 4, 5];
    const many = rooms.map((room, index) => candidate(String(index), room));
    // From 0 on these are 0, 2, 3 and 4; from 6 on they are 6, 7, 0 and 2.
    expect([0, 1, 2, 6].map((turn) => chosen(many, undefined, turn))).toEqual(["3", "5", "5", "7"]);
  });

  test("load spreads evenly over very many", () => {
    const inflight = new Array(64).fill(0);
    const many = inflight.map((_, index) => ({
      lastChoice: false,
      full: false,
      room: () => 1_000 - inflight[index],
      index,
    }));
    for (let turn = 0; turn < 6_400; turn++) inflight[assign(many, "item", turn)!.index]++;
    expect([Math.min(...inflight), Math.max(...inflight)]).toEqual([100, 100]);
  });

  test("those that are known to be full are not asked", () => {
    const full = (name: string): Named => ({ ...candidate(name, 9), full: true });
    expect(chosen([full("a"), candidate("b", 1), full("c")])).toBe("b");
    expect(chosen([full("a"), full("b")])).toBeUndefined();
  });

  test("one of very many, wherever it is, if it alone has room", () => {
    const many = Array.from({ length: 64 }, (_, index) => candidate(String(index), index === 40 ? 1 : 0));
    expect([0, 40, 41].map((turn) => chosen(many, undefined, turn))).toEqual(["40", "40", "40"]);
  });

  test("nobody if nobody has room", () => {
    expect(chosen([])).toBeUndefined();
    expect(chosen([candidate("a", 0), candidate("b", 0, true)])).toBeUndefined();
  });

  test("one that is to be replaced only if nobody else has room, however little that is", () => {
    expect(chosen([candidate("old", 900, true), candidate("new", 1)])).toBe("new");
    expect(chosen([candidate("old", 900, true), candidate("new", 0)])).toBe("old");
  });

  test("one that has just turned the request away only if nobody else has room", () => {
    const avoided = candidate("avoided", 900);
    expect(chosen([avoided, candidate("other", 1)], avoided)).toBe("other");
    expect(chosen([candidate("other", 0), avoided], avoided)).toBe("avoided");
    expect(chosen([avoided], avoided)).toBe("avoided");
  });

  test("asks everybody who may take this very request", () => {
    const picky: Named = {
      name: "picky",
      lastChoice: false,
      full: false,
      room: (item) => (item === "item" ? 0 : 9),
    };
    expect(chosen([picky, candidate("other", 1)])).toBe("other");
  });
});
