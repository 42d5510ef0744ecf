import { InvalidOption } from "@apnskit/pool";
import { ManualClock } from "@apnskit/testkit";
import { describe, expect, it } from "vitest";
import { AppDirectory, type FindCredentials } from "../src/client/app-directory.ts";
import { InvalidCredentials, providerToken } from "../src/index.ts";
import { failure, until } from "./kit/clients.ts";
import { p8 } from "./kit/p8.ts";

const auth = providerToken({ key: p8(), keyId: "ABC123DEFG", teamId: "DEF123GHIJ" });
const found = { environment: "sandbox", auth, topic: "com.example.app" } as const;

function directory(find: FindCredentials, retries = 2, random = 1) {
  const clock = new ManualClock();
  const asked: string[] = [];
  const apps = new AppDirectory(
    (app) => {
      asked.push(app);
      return find(app);
    },
    retries,
    clock,
    () => random,
  );
  return { apps, asked, clock };
}

describe("an app", () => {
  it("is asked for once by all who want it at a time, and remembered until it is forgotten", async () => {
    const { apps, asked } = directory(async () => found);
    const all = await Promise.all([apps.find("shop"), apps.find("shop"), apps.find("news")]);
    expect(all[0]).toEqual(found);
    expect(all[1]).toBe(all[0]);
    await apps.find("shop");
    expect(asked).toEqual(["shop", "news"]);
    apps.forget("shop");
    await apps.find("shop");
    await apps.find("news");
    expect(asked).toEqual(["shop", "news", "shop"]);
  });

  it("whose lookup has failed is asked for anew the next time", async () => {
    let fail = true;
    const { apps, asked } = directory(() => {
      if (fail) throw new Error("database is down");
      return found;
    }, 0);
    const failing = [apps.find("shop"), apps.find("shop")].map((finding) => failure(finding));
    for (const error of await Promise.all(failing)) expect(error.message).toBe("database is down");
    fail = false;
    expect(await apps.find("shop")).toEqual(found);
    expect(asked).toEqual(["shop", "shop"]);
  });

  it("whose lookup waits for its next try when the directory closes: it fails at once, and no timer is left", async () => {
    const { apps, asked, clock } = directory(() => {
      throw new Error("database is down");
    });
    const failing = failure(apps.find("shop"));
    await until(() => clock.pending === 1, "it waits");
    apps.close();
    expect(await failing).toMatchObject({ code: "ERR_APNS_CLOSED", reason: "close", delivery: "unsent" });
    expect(clock.pending).toBe(0);
    expect(asked).toEqual(["shop"]);
  });

  it("that was forgotten while a lookup failed stays with its newer lookup", async () => {
    let end!: (error: Error) => void;
    const first = new Promise<never>((_, reject) => {
      end = reject;
    });
    const { apps, asked } = directory(() => (asked.length === 1 ? first : found), 0);
    const failing = failure(apps.find("shop"));
    await until(() => asked.length === 1, "the callback is called");
    apps.forget("shop");
    await apps.find("shop");
    end(new Error("too late"));
    await failing;
    await apps.find("shop");
    expect(asked).toHaveLength(2);
  });
});

it("the ten thousand apps that were looked up last are remembered", async () => {
  const { apps, asked } = directory(() => found);
  for (let app = 0; app < 10_000; app++) await apps.find(`app ${app}`);
  await apps.find("app 0");
  expect(asked).toHaveLength(10_000);
  await apps.find("one more");
  await apps.find("app 1");
  expect(asked).toHaveLength(10_001);
  await apps.find("app 0");
  expect(asked.slice(10_000)).toEqual(["one more", "app 0"]);
});

describe("a callback that throws", () => {
  /** Calls, and the waits before each but the first. */
  async function waits(error: Error, retries: number, random = 1) {
    const { apps, asked, clock } = directory(
      () => {
        throw error;
      },
      retries,
      random,
    );
    const delays: number[] = [];
    let over = false;
    const finding = failure(apps.find("shop")).finally(() => {
      over = true;
    });
    while (!over) {
      await until(() => over || clock.pending > 0, "it waits or is over");
      if (!over) delays.push(clock.advanceToNext());
    }
    expect(await finding).toBe(error);
    return { calls: asked.length, delays };
  }

  it("is called again after growing waits, of which half is random, up to 5 s", async () => {
    const down = new Error("down");
    expect(await waits(down, 8)).toEqual({
      calls: 9,
      delays: [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000],
    });
    expect(await waits(down, 2, 0)).toEqual({ calls: 3, delays: [50, 100] });
    expect(await waits(down, 0)).toEqual({ calls: 1, delays: [] });
  });

  it("is called again after a wait when the network is down, which `fetch` calls a TypeError", async () => {
    expect(await waits(new TypeError("fetch failed"), 2)).toEqual({ calls: 3, delays: [100, 200] });
  });

  it.each([
    new TypeError("undefined is no function"),
    new InvalidOption("environment", "odd"),
    new InvalidCredentials("ERR_APNS_KEY_UNREADABLE", "odd"),
  ])("is not called again for a mistake: $name", async (error) => {
    expect(await waits(error, 5)).toEqual({ calls: 1, delays: [] });
  });

  it("once is not the end", async () => {
    const { apps, asked, clock } = directory(() => {
      if (asked.length === 1) throw new Error("down");
      return found;
    });
    const finding = apps.find("shop");
    await until(() => clock.pending > 0, "it waits");
    clock.advanceToNext();
    expect(await finding).toEqual(found);
  });
});

describe("what the callback returns", () => {
  it.each<[unknown, string]>([
    [undefined, "undefined"],
    [null, "null"],
    ["key", "string"],
    [() => found, "function"],
  ])("is refused if it is no object: %s", async (value, type) => {
    const { apps } = directory(() => value as never);
    const error = await failure<InvalidOption>(apps.find("shop"));
    expect(error).toMatchObject({
      name: "InvalidOption",
      option: "credentials",
      message: `credentials() must return an object for an app; it returned ${type}`,
    });
  });

  it("is refused if it has a key that would have no effect: the error names app and key", async () => {
    const { apps } = directory(() => ({ ...found, origin: "https://127.0.0.1" }) as never);
    const error = await failure<InvalidOption>(apps.find('sh"op'));
    expect(error).toMatchObject({ name: "InvalidOption", option: "origin" });
    expect(error.message).toMatch(
      /^credentials\("sh\\"op"\) returned the unknown key "origin": an app has environment, auth and topic/,
    );
  });

  it("is checked as the options of a client are", async () => {
    const { apps } = directory(() => ({ ...found, environment: "staging" }) as never);
    expect(await failure(apps.find("shop"))).toMatchObject({ name: "InvalidOption", option: "environment" });
  });
});
