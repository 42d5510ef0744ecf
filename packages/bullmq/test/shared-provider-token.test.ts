import { inspect } from "node:util";
import { ManualClock, settle } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { afterEach, describe, expect, it } from "vitest";
import { SharedProviderToken, type SharedProviderTokenOptions } from "../src/index.ts";
import { ids, p8 } from "./kit/key.ts";
import { MemoryTokenStore } from "./kit/memory-token-store.ts";

failOnLeaks();

const MINUTE = 60_000;
const key = p8();
const open: SharedProviderToken[] = [];
afterEach(async () => {
  for (const shared of open.splice(0)) await shared.close();
});

function world() {
  const clock = new ManualClock();
  const store = new MemoryTokenStore(() => clock.now());
  const lines: string[] = [];
  const line = (_: object, message: string) => void lines.push(message);
  const logger = { info: line, warn: line, error: line };
  const start = async (options: Partial<SharedProviderTokenOptions> = {}) => {
    const shared = await SharedProviderToken.open({ key, ...ids, clock, store, logger, ...options });
    open.push(shared);
    return shared;
  };
  return { clock, store, lines, start };
}

const shownBy = ({ auth }: SharedProviderToken) => auth.current().authorization;

describe("processes that share a provider token", () => {
  it("show the same one, which the first has signed", async () => {
    const { start, store } = world();
    const [a, b, c] = [await start(), await start(), await start()];
    expect(new Set([a, b, c].map(shownBy)).size).toBe(1);
    expect(store.replaced).toHaveLength(1);
  });

  it("that start at the same moment agree on one, although each signs its own", async () => {
    const { start, store } = world();
    const all = await Promise.all(Array.from({ length: 8 }, () => start()));
    expect(new Set(all.map(shownBy)).size).toBe(1);
    expect(store.replaced).toHaveLength(1);
  });

  it("renew it once for all, at its age and never within 20 minutes, over a day", async () => {
    const { start, store, clock } = world();
    const all = [await start(), await start(), await start()];
    const changes: number[] = [];
    for (let minute = 0, last = ""; minute < 24 * 60; minute++) {
      await clock.advanceAsync(MINUTE);
      const shown = new Set(all.map(shownBy));
      // For as long as a renewal takes to get around, two are shown.
      expect(shown.size).toBeLessThanOrEqual(2);
      const now = shownBy(all[0]!);
      if (now !== last) changes.push(minute);
      last = now;
    }
    expect(store.replaced.length).toBeGreaterThanOrEqual(28);
    expect(store.replaced.length).toBeLessThanOrEqual(30);
    const gaps = changes.slice(1).map((minute, index) => minute - changes[index]!);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(49);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(52);
  });

  it("keep the same object while the token is the same", async () => {
    const { start, clock } = world();
    const shared = await start();
    const token = shared.auth.current();
    await clock.advanceAsync(49 * MINUTE);
    expect(shared.auth.current()).toBe(token);
  });

  it("of which one joins late take over the token at the age that it has, not as a new one", async () => {
    const { start, clock } = world();
    const early = await start();
    await clock.advanceAsync(40 * MINUTE);
    const late = await start();
    expect(shownBy(late)).toBe(shownBy(early));
    await clock.advanceAsync(11 * MINUTE);
    expect(shownBy(late)).toBe(shownBy(early));
  });
});

describe("a refused token", () => {
  it("that is older than 20 minutes is replaced once for all", async () => {
    const { start, store, clock } = world();
    const [a, b] = [await start(), await start()];
    await clock.advanceAsync(21 * MINUTE);
    const [tokenA, tokenB] = [a.auth.current(), b.auth.current()];
    for (let i = 0; i < 3; i++) expect(a.auth.rejected(tokenA)).toEqual({ action: "wait", delay: 250 });
    await settle();
    expect(b.auth.rejected(tokenB)).toEqual({ action: "wait", delay: 250 });
    await settle();
    expect(store.replaced).toHaveLength(2);
    expect(shownBy(a)).toBe(shownBy(b));
    expect(a.auth.rejected(tokenA)).toEqual({ action: "resend", token: a.auth.current() });
  });

  it("that is younger than 20 minutes is not replaced, and its refusal stands", async () => {
    const { start, store, clock } = world();
    const shared = await start();
    await clock.advanceAsync(19 * MINUTE);
    expect(shared.auth.rejected(shared.auth.current())).toMatchObject({
      action: "surface",
      error: { code: "ERR_APNS_PROVIDER_TOKEN_REJECTED" },
    });
    await settle();
    expect(store.replaced).toHaveLength(1);
  });

  it("is replaced by this process's own if the store does not answer for five seconds", async () => {
    const { start, store, clock, lines } = world();
    const shared = await start();
    await clock.advanceAsync(21 * MINUTE);
    const token = shared.auth.current();
    store.isDown = true;
    shared.auth.rejected(token);
    await clock.advanceAsync(5_001);
    shared.auth.rejected(token);
    expect(shared.auth.current()).not.toBe(token);
    expect(lines).toContain("the store of provider tokens does not answer: this process signs its own token");
    // When the store is back, the token in common is shown again.
    store.isDown = false;
    await clock.advanceAsync(MINUTE);
    expect(shownBy(shared)).toBe(shownBy(await start()));
  });
});

describe("a store that cannot be reached", () => {
  it("at the start is waited for", async () => {
    const { start, store, clock, lines } = world();
    store.isDown = true;
    let opened = false;
    const opening = start().then((shared) => {
      opened = true;
      return shared;
    });
    await clock.advanceAsync(5 * MINUTE);
    expect(opened).toBe(false);
    expect(lines).toEqual(["the store of provider tokens fails"]);
    store.isDown = false;
    await clock.advanceAsync(MINUTE);
    expect(shownBy(await opening)).toMatch(/^bearer /);
  });

  it("at the start is waited for until the signal ends it", async () => {
    const { start, store, clock } = world();
    store.isDown = true;
    const stop = new AbortController();
    const opening = start({ signal: stop.signal });
    const refused = expect(opening).rejects.toMatchObject({ code: "ERR_APNS_ABORTED" });
    await clock.advanceAsync(MINUTE);
    stop.abort();
    await refused;
    await expect(start({ signal: stop.signal })).rejects.toMatchObject({ code: "ERR_APNS_ABORTED" });
    expect(clock.pending).toBe(0);
  });

  it("later leaves the last token until it is 58 minutes old, then the process signs its own", async () => {
    const { start, store, clock } = world();
    const shared = await start();
    const last = shownBy(shared);
    store.isDown = true;
    await clock.advanceAsync(57 * MINUTE);
    expect(shownBy(shared)).toBe(last);
    await clock.advanceAsync(MINUTE);
    const own = shownBy(shared);
    expect(own).not.toBe(last);
    store.isDown = false;
    await clock.advanceAsync(MINUTE);
    expect(shownBy(shared)).not.toBe(own);
    expect(store.replaced).toHaveLength(2);
  });

  it("is asked less and less often, and one line tells of it", async () => {
    const { start, store, clock, lines } = world();
    await start();
    store.isDown = true;
    await clock.advanceAsync(50 * MINUTE + 30_000);
    const before = store.reads;
    await clock.advanceAsync(10 * MINUTE);
    expect(store.reads - before).toBeGreaterThan(15);
    expect(store.reads - before).toBeLessThan(30);
    expect(lines.filter((line) => line.endsWith("fails"))).toHaveLength(1);
  });
});

describe("a stored value that was not made with the key", () => {
  it("is not shown, and replaced only when it is 20 minutes old", async () => {
    const { start, store, clock, lines } = world();
    store.held = { value: "rubbish", at: clock.now() };
    const opening = start();
    await clock.advanceAsync(19 * MINUTE);
    expect(store.held.value).toBe("rubbish");
    expect(lines).toContain("the stored provider token cannot be read: made with another key?");
    await clock.advanceAsync(2 * MINUTE);
    expect(shownBy(await opening)).toMatch(/^bearer /);
  });
});

describe("a shared provider token", () => {
  it("suspended with its machine counts the time of the wall clock", async () => {
    const { start, clock } = world();
    const shared = await start();
    const last = shownBy(shared);
    clock.jumpEpoch(59 * MINUTE);
    expect(shownBy(shared)).not.toBe(last);
  });

  it("shows no secret", async () => {
    const { start } = world();
    const shared = await start();
    expect(inspect(shared, { showHidden: true, depth: 5 })).not.toContain(shownBy(shared).slice(7, 40));
    expect(inspect(shared)).toBe(
      "SharedProviderToken { auth: ProviderToken { keyId: 'ABC123DEFG', teamId: 'DEF123GHIJ' } }",
    );
  });

  it.each<[string, object]>([
    ["store", { store: {} }],
    ["store", { store: undefined }],
    ["renewAfter", { renewAfter: 1 }],
    ["logger", { logger: {} }],
    ["signal", { signal: {} }],
    ["clock", { clock: {} }],
    ["other", { other: 1 }],
  ])("refuses a bad option %s", async (option, options) => {
    const { start } = world();
    await expect(start(options)).rejects.toMatchObject({ code: "ERR_APNS_INVALID_OPTION", option });
  });
});
