import { MockApns } from "@apnskit/mock-server";
import { afterEach, expect, it, vi } from "vitest";
import { alert } from "../../src/index.ts";
import { all, hello, openClient, TOKEN, tokenOf } from "../kit/clients.ts";

afterEach(() => {
  vi.useRealTimers();
});

it("under fake timers sends, sends many, times out and closes; and goes on when real ones are back", async () => {
  await using server = await MockApns.start();
  await using client = await openClient(server);
  // The mock server lives in the same process: what it needs is faked only below.
  vi.useFakeTimers({ toFake: ["setTimeout", "setInterval", "Date", "performance"] });
  expect(await client.send(TOKEN, hello)).toMatchObject({ result: "accepted" });
  const many = await all(client.sendMany([tokenOf(1), tokenOf(2)], hello));
  expect(many.map(({ result }) => result)).toEqual(["accepted", "accepted"]);
  server.inject({ kind: "stall", times: 1 });
  expect(await client.trySend(TOKEN, hello, { timeout: 50 })).toMatchObject({ result: "unknown" });
  vi.useRealTimers();
  expect(await client.send(TOKEN, hello)).toMatchObject({ result: "accepted" });
});

it("under fake timers of every kind, a notification leaves", async () => {
  await using server = await MockApns.start();
  await using client = await openClient(server);
  vi.useFakeTimers({
    toFake: ["setTimeout", "setInterval", "setImmediate", "queueMicrotask", "Date", "performance"],
  });
  const sending = client.send(TOKEN, hello, { timeout: 2_000 });
  vi.useRealTimers();
  expect(await sending).toMatchObject({ result: "accepted" });
});

it("a duration counts on the clock that the engine has, whatever day a test pretends", async () => {
  await using server = await MockApns.start();
  await using client = await openClient(server);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2001, 0, 1) });
  const inAnHour = alert({ title: "Hello", expiration: { hours: 1 } });
  expect(await client.trySend(TOKEN, inAnHour)).toMatchObject({ result: "accepted" });
});
