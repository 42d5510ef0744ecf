import { Request } from "@apnskit/pool";
import { ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { ApnskitError, alert, certificate, InvalidDeviceToken, providerToken } from "apnskit";
import { describe, expect, test } from "vitest";
import { hello, openClient, TOKEN } from "./kit/clients.ts";
import { watchUncaught } from "./kit/uncaught.ts";

// Input that changes between check and use. The engine must send the checked values.
failOnLeaks();
const uncaught = watchUncaught();

/** An object whose property returns the next value on each access, and the last value from then on. */
function changing<Value>(name: string, ...values: readonly [Value, ...Value[]]): object {
  let at = 0;
  return Object.defineProperty({}, name, {
    enumerable: true,
    get: () => values[Math.min(at++, values.length - 1)],
  });
}

async function sent(send: (peer: ScriptedPeer) => Promise<unknown>) {
  await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
  await send(peer).catch(() => {});
  return peer.received.map(({ path, headers, body }) => ({ path, headers, body: body.toString() }));
}

const evil = "com.example.app\r\nx-injected: 1";

describe("options of a notification by getters", () => {
  test.each<[string, unknown, unknown]>([
    ["topic", "com.example.app", evil],
    ["topic", "com.example.app", "../../1/apps"],
    ["collapseId", "a", evil],
    ["collapseId", "a", "b".repeat(5_000)],
    ["id", "123e4567-e89b-12d3-a456-426614174000", evil],
    ["priority", 5, evil],
    ["expiration", 0, evil],
  ])("%s: %j, then %j", async (name, good, bad) => {
    const options = Object.defineProperties(
      { title: "Hello" },
      {
        ...Object.getOwnPropertyDescriptors(changing(name, good, bad)),
      },
    );
    const requests = await sent(async (peer) => {
      await using apns = await openClient(peer);
      await apns.send(TOKEN, alert(options as never));
    });
    for (const { headers } of requests) {
      expect(JSON.stringify(headers)).not.toContain("injected");
      expect(JSON.stringify(headers)).not.toContain("../");
      expect(JSON.stringify(headers).length).toBeLessThan(2_000);
    }
    expect(uncaught).toEqual([]);
  });
});

describe("headers, paths and bodies of a request", () => {
  test("a header whose getter becomes invalid", async () => {
    const requests = await sent(async (peer) => {
      await using apns = await openClient(peer);
      await apns.send(TOKEN, hello);
      for (const first of ["com.example.app", "com.example.app", "other"]) {
        Request.of(`/3/device/${TOKEN}`, changing("apns-topic", first, evil) as never);
      }
    });
    expect(JSON.stringify(requests)).not.toContain("injected");
    const headers = changing("apns-topic", "com.example.app", evil) as never;
    expect(Request.of("/a", headers).headers["apns-topic"]).toBe("com.example.app");
    // The engine sends the value that it checked.
    const later = changing("apns-topic", evil, "com.example.app") as never;
    expect(Request.of("/a", later).headers["apns-topic"]).toBe("com.example.app");
    expect(() => Request.of("/a", changing("apns-topic", evil) as never)).toThrow(ApnskitError);
  });

  test.each<[string, unknown]>([
    ["a String object", new String("/3/device/a")],
    ["an object with toString", { toString: () => "/3/device/a" }],
    ["a list", ["/3/device/a"]],
  ])("a path that is %s is refused", (_, path) => {
    expect(() => Request.of(path as never)).toThrow(ApnskitError);
  });
});

describe("a device token", () => {
  test("in a buffer that changes after the call is the one of the call", async () => {
    const bytes = Buffer.from(TOKEN, "hex");
    const requests = await sent(async (peer) => {
      await using apns = await openClient(peer);
      const sending = apns.send(bytes, hello);
      bytes.fill(0);
      await sending;
    });
    expect(requests.map(({ path }) => path)).toEqual([`/3/device/${TOKEN}`]);
  });

  test.each<[string, unknown]>([
    ["a String object", new String(TOKEN)],
    ["an object with toString", { toString: () => TOKEN }],
    ["an object with toString that changes", { toString: () => "../", length: 64 }],
    ["a proxy of bytes", new Proxy(new Uint8Array(32), {})],
    ["a list of numbers", new Array(32).fill(1)],
    ["an empty buffer", new Uint8Array(0)],
    ["a list instead of text", [TOKEN]],
  ])("that is %s ends as InvalidDeviceToken", async (_, token) => {
    let outcome: unknown;
    const requests = await sent(async (peer) => {
      await using apns = await openClient(peer);
      outcome = await apns.send(token as never, hello).catch((error: unknown) => error);
    });
    expect(outcome).toBeInstanceOf(InvalidDeviceToken);
    expect(requests).toEqual([]);
  });
});

test("a payload is encoded once: later changes are not sent", async () => {
  let calls = 0;
  const state = { toJSON: () => ({ call: ++calls }) };
  const data = { state, list: [1] };
  const notification = alert({ title: "Hello", data });
  data.list.push(2);
  const requests = await sent(async (peer) => {
    await using apns = await openClient(peer);
    await apns.send(TOKEN, notification);
    await apns.send(TOKEN, notification);
  });
  expect(calls).toBe(1);
  expect(requests.map(({ body }) => JSON.parse(body))).toEqual([
    { aps: { alert: { title: "Hello" } }, state: { call: 1 }, list: [1] },
    { aps: { alert: { title: "Hello" } }, state: { call: 1 }, list: [1] },
  ]);
});

describe("options that throw on each access", () => {
  const bug = new Error("a trap");
  const trap = () => {
    throw bug;
  };
  const hostile = () => new Proxy({}, { get: trap, has: trap, ownKeys: trap, getPrototypeOf: trap });

  test.each<[string, () => unknown]>([
    ["alert", () => alert(hostile() as never)],
    ["data of alert", () => alert({ title: "a", data: hostile() as never })],
    ["providerToken", () => providerToken(hostile() as never)],
    ["certificate", () => certificate(hostile() as never)],
    ["Request.of", () => Request.of("/a", hostile() as never)],
    ["options of Request.of", () => Request.of("/a", {}, "", hostile() as never)],
  ])("%s: the error of the trap or a typed one, at once", (_, call) => {
    let error: unknown;
    try {
      call();
    } catch (thrown) {
      error = thrown;
    }
    expect(error === bug || error instanceof ApnskitError).toBe(true);
  });

  test("of a call: the promise rejects, and the next call is accepted", async () => {
    const requests = await sent(async (peer) => {
      await using apns = await openClient(peer);
      for (const options of [hostile(), { signal: hostile() }, { timeout: hostile() }]) {
        await expect(apns.send(TOKEN, hello, options as never)).rejects.toBeInstanceOf(Error);
      }
      expect(await apns.send(TOKEN, hello)).toMatchObject({ result: "accepted" });
    });
    expect(requests).toHaveLength(1);
    expect(uncaught).toEqual([]);
  });
});
