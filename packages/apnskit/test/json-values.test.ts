import { inspect } from "node:util";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import {
  alert,
  InvalidNotification,
  liveActivityEnd,
  liveActivityStart,
  liveActivityUpdate,
  type Notification,
  raw,
  type VoipOptions,
  voip,
} from "../src/index.ts";
import { refusal } from "./kit/refusal.ts";

const text = (notification: Notification) => Buffer.from(notification.body).toString();
const start = { attributesType: "A", contentState: {}, alert: { title: "a" } };

// biome-ignore lint/suspicious/noExplicitAny: parsed JSON, to look into
type Shown = any;

/** Every place where a value of the caller enters a payload: how it is put there, read back, and called in errors. */
const places: [place: string, put: (value: unknown) => Notification, get: (payload: Shown) => unknown][] = [
  ["data.x", (x) => voip({ data: { x } }), ({ x }) => x],
  ["data.x", (x) => alert({ title: "a", data: { x } }), ({ x }) => x],
  ["contentState.x", (x) => liveActivityUpdate({ contentState: { x } }), ({ aps }) => aps["content-state"].x],
  ["contentState.x", (x) => liveActivityEnd({ contentState: { x } }), ({ aps }) => aps["content-state"].x],
  ["attributes.x", (x) => liveActivityStart({ ...start, attributes: { x } }), ({ aps }) => aps.attributes.x],
  ["aps.x", (x) => alert({ title: "a", aps: { x } }), ({ aps }) => aps.x],
  ['aps["some-key"].x', (x) => voip({ aps: { "some-key": { x } } }), ({ aps }) => aps["some-key"].x],
  ["some-key.x", (x) => alert({ title: "a", "some-key": { x } }), ({ aps }) => aps["some-key"].x],
  ["alert.x", (x) => alert({ alert: { title: "a", x } }), ({ aps }) => aps.alert.x],
  ["payload.x", (x) => raw({ payload: { x } }), ({ x }) => x],
];

class Score {
  readonly points = 3;
  readonly note = undefined;
  isOver() {
    return this.points > 2;
  }
  readonly bound = () => this.points;
}
class Price {
  readonly cents = 1250;
  toJSON() {
    return this.cents / 100;
  }
}
class Itself {
  readonly a = 1;
  toJSON() {
    return this;
  }
}
class Team extends Array<string> {}
class Hidden {
  readonly #kickoff = 1;
  get kickoff() {
    return this.#kickoff;
  }
}
interface Interface {
  readonly home: number;
}
const shared = { a: 1 };
const typedByInterface: Interface = { home: 2 };

describe.each(places)("in %s, as JSON.stringify would:", (_, put, get) => {
  const values: [string, () => unknown][] = [
    ["plain values", () => ({ a: [1, "b", true, null, { c: -0 }], d: 1e300 })],
    ["an instance of a class", () => new Score()],
    ["an object of an interface", () => typedByInterface],
    ["an object of another realm", () => runInNewContext("({ a: [1, { b: 2 }] })")],
    ["an object without prototype", () => Object.assign(Object.create(null), { a: 1 })],
    ["a toJSON of a class", () => new Price()],
    ["a toJSON of an object, nested", () => ({ list: [{ toJSON: () => ({ a: new Price() }) }] })],
    ["a toJSON that returns the object itself", () => new Itself()],
    ["a toJSON that reads its key", () => ({ price: { toJSON: (key: string) => key } })],
    ["a toJSON of a function", () => Object.assign(() => 1, { toJSON: () => "f" })],
    ["a URL", () => new URL("https://example.com/a?b=1")],
    ["functions and symbols", () => ({ f() {}, s: Symbol("s"), u: undefined, a: [() => 1, Symbol("s")] })],
    ["a sparse array", () => Object.assign(new Array(4), { 1: 1 })],
    ["a subclass of Array", () => Team.from(["a", "b"])],
    ["an array with more keys", () => Object.assign([1, 2], { more: 3 })],
    ["the same object twice, which is no circle", () => ({ one: shared, two: [shared, shared] })],
    ["keys that are special to JavaScript", () => JSON.parse('{"__proto__":{"x":1},"constructor":2}')],
    [
      "these keys beside what needs a copy",
      () => ({ ...JSON.parse('{"a":{"__proto__":[1]}}'), p: new Price() }),
    ],
    ["boxed values", () => [Object("a"), Object(1), Object(true)]],
    ["a Proxy", () => new Proxy({ a: [1] }, {})],
    ["a Proxy of an array", () => new Proxy([1, 2], {})],
    [
      "getters",
      () => ({
        get a() {
          return { b: 1 };
        },
      }),
    ],
    ["hidden and symbolic keys", () => Object.defineProperty({ a: 1, [Symbol("b")]: 2 }, "c", { value: 3 })],
    ["half a surrogate pair", () => "\ud83d".concat("x")],
    ["a Buffer, by its toJSON", () => Buffer.from("ab")],
    ["400 levels", () => nested(400)],
  ];
  it.each(values)("%s", (_, make) => {
    expect(get(JSON.parse(text(put(make()))))).toEqual(JSON.parse(JSON.stringify({ x: make() })).x);
  });

  it("values that are left out", () => {
    for (const value of [undefined, () => 1, Symbol("s")])
      expect(get(JSON.parse(text(put(value))))).toBe(undefined);
  });
});

describe.each(places)("in %s, with its place, it is refused to lose", (place, put) => {
  const thrown = () => {
    throw new Error("Ms Example owes 400");
  };
  const values: [string, (() => unknown) | unknown, RegExp][] = [
    ["NaN", Number.NaN, /is NaN, which JSON cannot write/],
    ["an infinity", Number.NEGATIVE_INFINITY, /is -Infinity/],
    ["a boxed NaN", Object(Number.NaN), /is NaN/],
    ["an invalid date", new Date(Number.NaN), /is an invalid Date/],
    ["a bigint", 1n, /is a bigint/],
    ["a boxed bigint", Object(1n), /bigint or symbol/],
    ["a Map", new Map([["a", 1]]), /is a Map; use Object.fromEntries/],
    ["an empty Map", new Map(), /is a Map/],
    ["a subclass of Map with properties", Object.assign(new (class extends Map {})(), { a: 1 }), /is a Map/],
    ["a Map of another realm", runInNewContext("new Map()"), /is a Map/],
    ["a Set", new Set([1]), /is a Set; use \[\.\.\.set\]/],
    ["a WeakMap", new WeakMap(), /written as \{\}/],
    ["a Promise", Promise.resolve(1), /is a Promise; await it first/],
    ["a thenable with properties", Object.assign(thenable(), { a: 1 }), /await it first/],
    ["URLSearchParams", new URLSearchParams("a=1"), /written as \{\}/],
    ["Headers", new Headers({ a: "1" }), /written as \{\}/],
    ["FormData", new FormData(), /written as \{\}/],
    ["a generator", (function* () {})(), /written as \{\}/],
    ["an iterator", [1].values(), /written as \{\}/],
    ["a RegExp", /a/, /written as \{\}/],
    ["an Error", new Error("Ms Example owes 400"), /written as \{\}/],
    ["an object with getters only", new Hidden(), /written as \{\}/],
    ["a Blob", new Blob(["a"]), /written as \{\}/],
    ["a typed array", new Float32Array(2), /is binary data/],
    ["bytes", new Uint8Array([1]), /is binary data/],
    ["a DataView", new DataView(new ArrayBuffer(1)), /is binary data/],
    ["an ArrayBuffer", new ArrayBuffer(1), /is binary data/],
    ["a toJSON that returns a Map", { toJSON: () => new Map() }, /is a Map/],
    ["a toJSON that throws", { toJSON: thrown }, /getter, toJSON\(\) or Proxy threw/],
    ["a Proxy that throws", new Proxy({}, { ownKeys: thrown }), /Proxy threw/],
    ["a revoked Proxy", revoked(), /Proxy threw/],
  ];
  it.each(values)("%s", (_, value, message) => {
    for (const [suffix, holder] of [
      ["", value],
      [".y", { y: value }],
      ["[1]", [0, value]],
    ] as const) {
      const error = refusal(() => put(holder));
      expect(error.field).toBe(place + suffix);
      expect(error.message).toMatch(message);
      expect(inspect(error)).not.toContain("Example");
    }
  });

  it("a getter that throws", () => {
    const error = refusal(() =>
      put({
        a: 1,
        get y() {
          return thrown();
        },
      }),
    );
    expect(error.field).toBe(`${place}.y`);
    expect(inspect(error)).not.toContain("Example");
  });

  it("circles: of an object, of an array, through a toJSON", () => {
    const self: Record<string, unknown> = {};
    self.self = [self];
    expect(refusal(() => put(self))).toMatchObject({ field: `${place}.self[0]`, problem: "invalid" });
    const list: unknown[] = [];
    list.push({ list });
    expect(refusal(() => put(list)).message).toContain("is a circle");
    const endless = () => ({ next: { toJSON: endless } });
    expect(refusal(() => put({ toJSON: endless })).message).toContain("nested deeper than the 500 levels");
  });

  it("20,000 levels", () => {
    const error = refusal(() => put(nested(20_000)));
    expect(error.message).toContain("nested deeper than the 500 levels");
    expect(error.message.length).toBeLessThan(300);
  });

  it("objects that multiply without end, and arrays of a billion holes", () => {
    let doubled: unknown = "x".repeat(100);
    for (let level = 0; level < 40; level++) doubled = [doubled, doubled];
    expect(refusal(() => put(doubled)).problem).toBe("too-large");
    expect(refusal(() => put(new Array(1_000_000_000))).problem).toBe("too-large");
  });
});

describe("the whole of data, aps, contentState, attributes and alert", () => {
  const wholes: [string, (value: object) => Notification][] = [
    ["data", (data) => alert({ title: "a", data })],
    ["aps", (aps) => alert({ title: "a", aps })],
    ["contentState", (contentState) => liveActivityUpdate({ contentState })],
    ["attributes", (attributes) => liveActivityStart({ ...start, attributes })],
    ["alert", (value) => alert({ alert: value })],
  ];
  it.each(wholes)("of %s may be of a class, or have a toJSON", (_, put) => {
    expect(text(put(Object.assign(new Score(), { body: "b" })))).toContain('"points":3');
    expect(text(put({ toJSON: () => ({ points: 4 }) }))).toContain('"points":4');
  });

  it.each(wholes)("of %s must be an object", (field, put) => {
    for (const wrong of [
      [],
      "text",
      7,
      new Map(),
      new Date(),
      { toJSON: () => [] },
      Promise.resolve({}),
      () => 1,
    ]) {
      if (field === "alert" && wrong === "text") continue;
      expect(refusal(() => put(wrong as object)).field).toBe(field);
    }
  });

  it("cannot bring a key aps into the data through toJSON", () => {
    const data = { toJSON: () => ({ aps: {} }) };
    expect(refusal(() => voip({ data }))).toMatchObject({ field: "data", problem: "conflict" });
  });
});

describe("dates are written as their place wants them", () => {
  const second = "2001-01-01T00:00:01.500Z";
  const dates: [string, Date][] = [
    ["of this realm", new Date(second)],
    ["of another realm", runInNewContext(`new Date("${second}")`)],
    ["of a subclass", new (class extends Date {})(second)],
  ];
  it.each(dates)("%s: seconds since 2001 in contentState and attributes, however deep", (_, at) => {
    const holder = Object.assign(new Score(), { list: [{ at }], again: { toJSON: () => at } });
    const update = liveActivityUpdate({ contentState: { at, holder } });
    expect((update.payload() as Shown).aps["content-state"]).toEqual({
      at: 1.5,
      holder: { points: 3, list: [{ at: 1.5 }], again: 1.5 },
    });
    const begin = liveActivityStart({ ...start, attributes: { at } });
    expect((begin.payload() as Shown).aps.attributes).toEqual({ at: 1.5 });
  });

  it.each(dates)("%s: ISO text in data, raw and unknown keys", (_, at) => {
    expect(voip({ data: { at } }).payload()).toEqual({ at: second });
    expect(voip({ data: { at: [new Price(), at] } }).payload()).toEqual({ at: [12.5, second] });
    expect(raw({ payload: { at } }).payload()).toEqual({ at: second });
    expect(voip({ "some-key": { at } }).payload()).toEqual({ aps: { "some-key": { at: second } } });
  });

  it.each(dates)("%s: in aps as ActivityKit reads its keys", (_, at) => {
    const keys = { "stale-date": at, "dismissal-date": at, timestamp: at, "content-state": { at } };
    const expected = { "stale-date": 978307201, "dismissal-date": 978307201, timestamp: 978307201 };
    for (const { payload } of [voip({ aps: keys }), voip(keys as VoipOptions)].map((made) => ({
      payload: made.payload(),
    }))) {
      expect(payload).toEqual({ aps: { ...expected, "content-state": { at: 1.5 } } });
    }
  });

  it("of another realm are dates for expiration and timestamps, too", () => {
    const at = runInNewContext('new Date("2036-06-01T12:00:00Z")');
    expect(alert({ title: "a", expiration: at }).expiration).toBe(2_095_934_400);
    expect(liveActivityEnd({ timestamp: at }).payload()).toMatchObject({ aps: { timestamp: 2_095_934_400 } });
  });
});

describe("what others added to the built-in objects", () => {
  afterEach(() => {
    delete (BigInt.prototype as { toJSON?: unknown }).toJSON;
  });

  it("counts: a toJSON of bigints", () => {
    (BigInt.prototype as { toJSON?: unknown }).toJSON = function (this: bigint) {
      return this.toString();
    };
    expect(voip({ data: { n: 1n, list: [2n] } }).payload()).toEqual({ n: "1", list: ["2"] });
  });
});

describe("private keys", () => {
  it("are left out of the place", () => {
    const error = refusal(() => voip({ data: { "ada@example.com": { x: Number.NaN }, order: 1 } }));
    expect(error.field).toBe("data[…].x");
  });
});

describe("for any value", () => {
  const options = {
    withDate: true,
    withMap: true,
    withSet: true,
    withBigInt: true,
    withTypedArray: true,
  } as const;
  const anything = fc.anything({ ...options, withSparseArray: true, withNullPrototype: true, maxDepth: 5 });
  const jsonOf = (value: unknown) => JSON.parse(JSON.stringify({ x: value })).x;

  it("the payload is as JSON.stringify has it, or an InvalidNotification names a place in it", () => {
    fc.assert(
      fc.property(anything, (x) => {
        let notification: Notification;
        try {
          notification = raw({ payload: { x }, sizeLimit: 10_000_000 });
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidNotification);
          expect((error as InvalidNotification).field).toMatch(/^payload/);
          expect(losesSomething(x)).toBe(true);
          return;
        }
        expect(losesSomething(x)).toBe(false);
        expect((notification.payload() as { x?: unknown }).x).toEqual(jsonOf(x));
      }),
      { numRuns: 500 },
    );
  });

  it("and for values without dates, a Live Activity's content is the same as data", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (x) => {
        fc.pre(Buffer.byteLength(JSON.stringify(x)) < 3_000);
        const update = liveActivityUpdate({ contentState: { x, price: new Price() } });
        const content = (update.payload() as Shown).aps["content-state"];
        expect(content).toEqual(JSON.parse(JSON.stringify({ x, price: 12.5 })));
      }),
      { numRuns: 200 },
    );
  });
});

/** Whether there is something in a value that JSON.stringify refuses or loses; written from the rule, not from the code. */
function losesSomething(value: unknown): boolean {
  if (typeof value === "bigint") return true;
  if (typeof value === "number") return !Number.isFinite(value);
  if (typeof value !== "object" || value === null) return false;
  if (value instanceof Date) return Number.isNaN(value.getTime());
  if (value instanceof Map || value instanceof Set || ArrayBuffer.isView(value)) return true;
  return Object.values(value).some(losesSomething);
}

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = level % 2 ? [value] : { a: value };
  return value;
}

/** As query builders make them. */
function thenable(): object {
  const name: string = "then";
  return Object.create({ [name]: () => {} });
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
