import { describe, expect, test } from "vitest";
import type { ApnsEnvironment, DeviceChange } from "../src/index.ts";
import { isRefusal, refuse } from "../src/services/answer.ts";
import { type DeviceRateLimit, DeviceRegistry } from "../src/services/device-registry.ts";

const TOPIC = "com.example.app";

interface Options {
  readonly environment?: ApnsEnvironment;
  readonly acceptUnknown?: boolean;
  readonly rateLimit?: DeviceRateLimit;
}

function registry(options: Options = {}) {
  const clock = { now: 1_000.4 };
  const { environment = "sandbox", acceptUnknown = true, rateLimit } = options;
  const devices = new DeviceRegistry({ environment, acceptUnknown, rateLimit, now: () => clock.now });
  const check = (token: string, topic = TOPIC) => devices.check(token, topic)?.reason ?? "accepted";
  return { devices, clock, check };
}

describe("a device token", () => {
  test("is the same in capitals", () => {
    const { devices, check } = registry();
    devices.unregister("ABcd");
    expect(devices.get("abCD")).toEqual({
      token: "abcd",
      topic: undefined,
      environment: "sandbox",
      state: { state: "unregistered", since: 1_000 },
    });
    expect([check("abcd"), check("ABCD"), check("ef")]).toEqual(["Unregistered", "Unregistered", "accepted"]);
    expect([devices.forget("aBcD"), devices.forget("aBcD")]).toEqual([true, false]);
    expect([check("abcd"), devices.list()]).toEqual(["accepted", []]);
  });

  test("tells since when it is dead", () => {
    const { devices } = registry();
    devices.unregister("aa", 5);
    devices.expire("bb", 6);
    devices.expire("cc");
    expect(["aa", "bb", "cc"].map((token) => devices.check(token, TOPIC))).toEqual([
      { status: 410, reason: "Unregistered", timestamp: 5 },
      { status: 410, reason: "ExpiredToken", timestamp: 6 },
      { status: 410, reason: "ExpiredToken", timestamp: 1_000 },
    ]);
  });

  test("keeps its app and its environment when it changes otherwise", () => {
    const { devices, check } = registry();
    devices.register("aa", { topic: "b", environment: "production" });
    devices.change("aa", {});
    expect(devices.get("aa")).toEqual({
      token: "aa",
      topic: "b",
      environment: "production",
      state: { state: "active" },
    });
    expect(check("aa", "b")).toBe("BadDeviceToken");
    devices.change("aa", { environment: "sandbox" });
    expect([check("aa", "b"), check("aa", "c")]).toEqual(["accepted", "DeviceTokenNotForTopic"]);
    devices.change("aa", { topic: "c" });
    expect([check("aa", "b"), check("aa", "c")]).toEqual(["DeviceTokenNotForTopic", "accepted"]);
  });

  test("of an app takes its topics with a suffix; of a topic with a suffix, only that", () => {
    const { devices, check } = registry();
    devices.register("aa", { topic: TOPIC });
    devices.register("bb", { topic: `${TOPIC}.voip` });
    expect([check("aa"), check("aa", `${TOPIC}.voip`)]).toEqual(["accepted", "accepted"]);
    expect([check("bb"), check("bb", `${TOPIC}.voip`)]).toEqual(["DeviceTokenNotForTopic", "accepted"]);
  });

  test("is of the server's environment unless told otherwise", () => {
    const { devices, check } = registry({ environment: "production" });
    devices.register("aa");
    expect([devices.get("aa")?.environment, check("aa")]).toEqual(["production", "accepted"]);
    devices.register("bb", { environment: "sandbox" });
    expect(check("bb")).toBe("BadDeviceToken");
  });

  test("that is unknown is accepted or refused, as told", () => {
    for (const acceptUnknown of [true, false]) {
      const { devices, check } = registry({ acceptUnknown });
      const expected = acceptUnknown ? "accepted" : "BadDeviceToken";
      expect(check("aa")).toBe(expected);
      devices.register("bb");
      expect([check("aa"), check("bb")]).toEqual([expected, "accepted"]);
      devices.clear();
      expect([check("bb"), devices.get("bb")]).toEqual([expected, undefined]);
    }
  });

  test.each<[unknown, DeviceChange, string, string]>([
    ["", {}, "token", "A device token must be a text that is not empty"],
    [7, {}, "token", "A device token must be a text that is not empty"],
    ["aa", { since: 1 }, "since", "`since` of a device goes with the state unregistered or expired"],
    ["aa", { state: "dead" as never }, "state", "state"],
    ["aa", { state: "expired", since: -1 }, "since", "since"],
    ["aa", { environment: "test" as never }, "environment", "environment"],
  ])("%j with the change %j is refused, and nothing changes", (token, change, field, message) => {
    const { devices } = registry();
    expect(() => devices.change(token as string, change)).toThrow(
      expect.objectContaining({ name: "InvalidMockInput", field, message: expect.stringContaining(message) }),
    );
    expect([devices.revision, devices.list()]).toEqual([0, []]);
  });

  test("counts up the revision with each change", () => {
    const { devices } = registry();
    devices.register("aa");
    devices.expire("aa");
    expect([devices.revision, devices.list().length]).toEqual([2, 1]);
    devices.forget("aa");
    devices.clear();
    expect(devices.revision).toBe(4);
  });
});

describe("the rate limit of device tokens", () => {
  test("counts each token by itself, in windows of time", () => {
    const { devices, clock, check } = registry({ rateLimit: { requests: 2, per: 100 } });
    expect([check("aa"), check("AA"), check("aa")]).toEqual(["accepted", "accepted", "TooManyRequests"]);
    expect(check("bb")).toBe("accepted");
    clock.now += 99;
    expect(check("aa")).toBe("TooManyRequests");
    clock.now += 1;
    expect([check("aa"), check("aa"), check("aa")]).toEqual(["accepted", "accepted", "TooManyRequests"]);
    devices.register("cc");
    expect([check("cc"), check("cc"), check("cc")]).toEqual(["accepted", "accepted", "TooManyRequests"]);
    expect([check("dd"), check("dd"), check("dd")]).toEqual(["accepted", "accepted", "TooManyRequests"]);
  });
});

test("a refusal is one frozen object for each reason, except with a timestamp", () => {
  expect(refuse("BadTopic")).toBe(refuse("BadTopic"));
  expect(refuse("BadTopic")).toEqual({ status: 400, reason: "BadTopic" });
  expect(Object.isFrozen(refuse("BadTopic"))).toBe(true);
  expect(refuse("Unregistered", 0)).toEqual({ status: 410, reason: "Unregistered", timestamp: 0 });
  expect([isRefusal(refuse("BadTopic")), isRefusal({ status: 200 })]).toEqual([true, false]);
});
