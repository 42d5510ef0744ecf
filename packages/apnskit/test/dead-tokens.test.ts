import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { type DeadToken, DeadTokens, InvalidOption, shouldDrop } from "../src/index.ts";

const dead = (token: string, rest: Partial<DeadToken> = {}): DeadToken => ({
  token,
  topic: "com.example.app",
  environment: "production",
  reason: "Unregistered",
  timestamp: 1_000,
  sentAt: 2_000,
  ...rest,
});

function refusalOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("expected a refusal");
}

async function drain(feed: DeadTokens): Promise<string[]> {
  const tokens: string[] = [];
  for await (const { token } of feed) tokens.push(token);
  return tokens;
}

describe("a dead token is dropped", () => {
  const { timestamp: _, ...untimed } = dead("aa", { reason: "BadDeviceToken" });

  it.each<[string, DeadToken, Date | number | undefined, boolean]>([
    ["when nobody knows when it was registered", dead("aa"), undefined, true],
    ["when it was registered before it died", dead("aa"), 999, true],
    ["when it was registered at that very moment", dead("aa"), 1_000, true],
    ["but kept when it was registered later", dead("aa"), 1_001, false],
    ["but kept when it was registered later, by a Date", dead("aa"), new Date(1_001), false],
    ["when APNs gave no time and it was registered before the push", untimed, 1_500, true],
    ["but kept when APNs gave no time and it was registered after the push", untimed, 2_001, false],
  ])("%s", (_name, token, registeredAt, drop) => {
    expect(shouldDrop(token, registeredAt)).toBe(drop);
  });

  it("never on the word of an invalid date", () => {
    expect(() => shouldDrop(dead("aa"), new Date("yesterday"))).toThrow(InvalidOption);
    expect(() => shouldDrop(dead("aa"), Number.NaN)).toThrow(InvalidOption);
    expect(refusalOf(() => shouldDrop(dead("aa"), Number.NaN))).toMatchObject({
      option: "registeredAt",
      message: "`registeredAt` must be a valid Date or milliseconds since 1970",
    });
  });
});

describe("iterating the feed", () => {
  it("gives what was reported before and after, in order, and ends when it is closed", async () => {
    const feed = new DeadTokens();
    feed.report(dead("aa"));
    feed.report(dead("bb"));
    const tokens = drain(feed);
    await Promise.resolve();
    feed.report(dead("cc"));
    feed.close();
    expect(await tokens).toEqual(["aa", "bb", "cc"]);
  });

  it("ends for all loops that wait when the feed is closed", async () => {
    const feed = new DeadTokens();
    const loops = [drain(feed), drain(feed)];
    const waiting = feed[Symbol.asyncIterator]().next();
    feed.close();
    expect(await Promise.all(loops)).toEqual([[], []]);
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  it("gives what is buffered although the feed is closed", async () => {
    const feed = new DeadTokens();
    feed.report(dead("aa"));
    feed.close();
    feed.report(dead("bb"));
    expect(await drain(feed)).toEqual(["aa"]);
    expect(await drain(feed)).toEqual([]);
  });

  it("gives each report to one of several loops", async () => {
    const feed = new DeadTokens();
    const loops = [drain(feed), drain(feed)];
    for (const token of ["aa", "bb", "cc", "dd"]) feed.report(dead(token));
    feed.close();
    expect((await Promise.all(loops)).flat().sort()).toEqual(["aa", "bb", "cc", "dd"]);
  });

  it("loses nothing to a loop that was left", async () => {
    const feed = new DeadTokens();
    feed.report(dead("aa"));
    feed.report(dead("bb"));
    for await (const _ of feed) break;
    const abandoned = feed[Symbol.asyncIterator]();
    await abandoned.next();
    const waiting = [abandoned.next(), abandoned.next()];
    expect(await abandoned.return?.()).toEqual({ done: true, value: undefined });
    expect(await Promise.all(waiting)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
    expect(await abandoned.next()).toEqual({ done: true, value: undefined });
    feed.report(dead("cc"));
    feed.close();
    expect(await drain(feed)).toEqual(["cc"]);
  });
});

describe("the buffer", () => {
  it("holds a token once, with its latest timestamp, in its first place", async () => {
    const feed = new DeadTokens();
    feed.report(dead("aa", { timestamp: 1_000 }));
    feed.report(dead("bb"));
    feed.report(dead("aa", { timestamp: 3_000 }));
    feed.report(dead("aa", { timestamp: 2_000 }));
    expect(feed.stats()).toEqual({ buffered: 2, lost: 0 });
    const iterator = feed[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toMatchObject({ token: "aa", timestamp: 3_000 });
  });

  it.each<[string, Partial<DeadToken>, Partial<DeadToken>, number]>([
    ["the later one of two with the same timestamp", { sentAt: 10 }, { sentAt: 20 }, 20],
    ["the one with the later timestamp, sent earlier", { sentAt: 20 }, { timestamp: 1_001, sentAt: 10 }, 10],
    ["the one with the later timestamp, reported first", { sentAt: 10 }, { timestamp: 999, sentAt: 20 }, 10],
  ])("holds of two reports of a token %s", async (_name, first, second, sentAt) => {
    const feed = new DeadTokens();
    feed.report(dead("aa", first));
    feed.report(dead("aa", second));
    expect((await feed[Symbol.asyncIterator]().next()).value).toMatchObject({ sentAt });
  });

  it("tells environments and topics apart", () => {
    const feed = new DeadTokens();
    feed.report(dead("aa"));
    feed.report(dead("aa", { environment: "sandbox" }));
    feed.report(dead("aa", { topic: "com.example.app.voip" }));
    expect(feed.stats().buffered).toBe(3);
  });

  it("lets the oldest go when it is full, and counts what nobody saw", async () => {
    const feed = new DeadTokens({ capacity: 2 });
    for (const token of ["aa", "bb", "cc", "dd"]) feed.report(dead(token));
    expect(feed.stats()).toEqual({ buffered: 2, lost: 2 });
    feed.close();
    expect(await drain(feed)).toEqual(["cc", "dd"]);
  });

  it("counts nothing as lost that a listener saw", () => {
    const feed = new DeadTokens({ capacity: 1 });
    const seen: string[] = [];
    feed.subscribe(({ token }) => seen.push(token));
    for (const token of ["aa", "bb"]) feed.report(dead(token));
    expect(feed.stats()).toEqual({ buffered: 1, lost: 0 });
    expect(seen).toEqual(["aa", "bb"]);
  });

  it("holds 10,000 unless told otherwise", () => {
    const feed = new DeadTokens();
    for (let token = 0; token < 10_001; token++) feed.report(dead(String(token)));
    expect(feed.stats()).toEqual({ buffered: 10_000, lost: 1 });
  });

  it.each([0, -1, 1.5, Number.POSITIVE_INFINITY])("is refused with a capacity of %d", (capacity) => {
    expect(() => new DeadTokens({ capacity })).toThrow(InvalidOption);
    expect(refusalOf(() => new DeadTokens({ capacity }))).toMatchObject({
      option: "capacity",
      message: `capacity must be a whole number from 1 on; received ${capacity}`,
    });
  });
});

describe("listeners", () => {
  it("get every report, also repeated ones, until they leave", () => {
    const feed = new DeadTokens();
    const seen: number[] = [];
    const listener = ({ timestamp }: DeadToken) => void seen.push(timestamp as number);
    const leave = feed.subscribe(listener);
    feed.subscribe(listener);
    feed.report(dead("aa", { timestamp: 1 }));
    leave();
    feed.report(dead("aa", { timestamp: 2 }));
    expect(seen).toEqual([1, 1, 2]);
  });

  it("that are no functions are refused", () => {
    const subscribe = (listener: unknown) => () => new DeadTokens().subscribe(listener as () => void);
    for (const listener of [undefined, null, "log"]) {
      expect(refusalOf(subscribe(listener))).toMatchObject({ name: "InvalidOption", option: "listener" });
    }
  });

  it("that throw disturb neither the others nor the sender, but do not go unnoticed", async () => {
    const feed = new DeadTokens();
    const seen: string[] = [];
    const others = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    const uncaught = once(process, "uncaughtException");
    feed.subscribe(() => {
      throw new Error("a bug in the listener");
    });
    feed.subscribe(({ token }) => seen.push(token));
    feed.report(dead("aa"));
    expect(seen).toEqual(["aa"]);
    expect((await uncaught)[0]).toHaveProperty("message", "a bug in the listener");
    for (const other of others) process.on("uncaughtException", other);
  });
});
