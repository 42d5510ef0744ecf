import type { LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";
import { describe, expect, test } from "vitest";
import { rotate, spreadingLookup } from "../src/spreading-lookup.ts";

const v4 = (last: number): LookupAddress => ({ address: `192.0.2.${last}`, family: 4 });
const v6 = (last: number): LookupAddress => ({ address: `2001:db8::${last}`, family: 6 });

describe("rotate", () => {
  test("begins with another address each time, and comes round", () => {
    const addresses = [v4(1), v4(2), v4(3)];
    expect([0, 1, 2, 3].map((by) => rotate(addresses, by)[0])).toEqual([v4(1), v4(2), v4(3), v4(1)]);
  });

  test("keeps every address", () => {
    expect(rotate([v4(1), v4(2), v4(3)], 2)).toEqual([v4(3), v4(1), v4(2)]);
  });

  test("keeps the order of address families", () => {
    expect(rotate([v6(1), v4(1), v6(2), v4(2), v4(3)], 1)).toEqual([v6(2), v4(2), v6(1), v4(3), v4(1)]);
  });

  test("of nothing is nothing", () => {
    expect(rotate([], 3)).toEqual([]);
  });
});

describe("spreadingLookup", () => {
  const resolve = (lookup: LookupFunction, options: { all?: boolean } = { all: true }) =>
    new Promise<unknown[]>((done) => lookup("push.test", options as never, (...result) => done(result)));

  test("asks for all addresses, each time afresh", async () => {
    const asked: unknown[] = [];
    const lookup = spreadingLookup((host, options, done) => {
      asked.push([host, options.all, options.hints]);
      done(null, [v4(asked.length), v4(9)]);
    });
    expect(await resolve(lookup, { all: true, hints: 32 } as never)).toEqual([null, [v4(1), v4(9)]]);
    expect(await resolve(lookup)).toEqual([null, [v4(9), v4(2)]]);
    expect(asked).toEqual([
      ["push.test", true, 32],
      ["push.test", true, undefined],
    ]);
  });

  test("gives one address where one is asked for", async () => {
    const lookup = spreadingLookup((_host, _options, done) => done(null, [v4(1), v4(2)]));
    expect(await resolve(lookup, {})).toEqual([null, "192.0.2.1", 4]);
    expect(await resolve(lookup, {})).toEqual([null, "192.0.2.2", 4]);
  });

  test("passes an error on", async () => {
    const error = Object.assign(new Error("no"), { code: "EAI_AGAIN" });
    expect(await resolve(spreadingLookup((_host, _options, done) => done(error, [])))).toEqual([error, []]);
  });

  test("takes a lookup that gives one address although all were asked for", async () => {
    const lookup = spreadingLookup((_host, _options, done) => done(null, "192.0.2.7", 4));
    expect(await resolve(lookup)).toEqual([null, [v4(7)]]);
    const familiar = spreadingLookup((_host, _options, done) => done(null, "2001:db8::7"));
    expect(await resolve(familiar)).toEqual([null, [v6(7)]]);
  });

  test("makes an error of no address at all", async () => {
    for (const nothing of [[], undefined]) {
      const [error] = await resolve(spreadingLookup((_host, _options, done) => done(null, nothing as never)));
      expect((error as NodeJS.ErrnoException).code).toBe("ENOTFOUND");
    }
  });

  test("makes an error of what a lookup throws", async () => {
    const thrown = new Error("broken");
    const lookup = spreadingLookup(() => {
      throw thrown;
    });
    expect(await resolve(lookup)).toEqual([thrown, []]);
  });

  test("uses the system's lookup by default", async () => {
    const [error, addresses] = await new Promise<unknown[]>((done) =>
      spreadingLookup()("127.0.0.1", { all: true }, (...result) => done(result)),
    );
    expect([error, addresses]).toEqual([null, [{ address: "127.0.0.1", family: 4 }]]);
  });
});
