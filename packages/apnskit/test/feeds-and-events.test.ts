import { MockApns } from "@apnskit/mock-server";
import { ManualClock } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ApnsClient, certificate, type DeadToken } from "../src/index.ts";
import { failure, hello, openClient, optionsFor, TOKEN, tokenOf, until } from "./kit/clients.ts";
import { DAY } from "./kit/durations.ts";
import { APP } from "./kit/on-the-wire.ts";

failOnLeaks();

let server: MockApns;
beforeAll(async () => {
  server = await MockApns.start();
});
afterAll(() => server.close());
beforeEach(() => server.clearFaults());

describe("dead tokens", () => {
  it("of every way to send are reported, with topic, environment and times", async () => {
    const epoch = Date.UTC(2026, 5, 1);
    await using apns = await openClient(server, { clock: new ManualClock({ epoch }) });
    server.devices.unregister(tokenOf(1), 1_700_000_000_123);
    server.devices.unregister(tokenOf(2), 1_700_000_000_456);
    server.devices.unregister(tokenOf(3), 1_700_000_000_789);
    const heard: DeadToken[] = [];
    apns.on("deadToken", (dead) => heard.push(dead));
    await failure(apns.send(tokenOf(1), hello));
    await apns.trySend(tokenOf(2), hello);
    for await (const _ of apns.sendMany([tokenOf(3), tokenOf(4)], hello));
    server.inject({ kind: "answer", reason: "BadDeviceToken", times: 1 });
    await apns.trySend(tokenOf(5), hello);
    const rest = { topic: APP, environment: "sandbox", sentAt: epoch };
    const expected = [
      { ...rest, token: tokenOf(1), reason: "Unregistered", timestamp: 1_700_000_000_123 },
      { ...rest, token: tokenOf(2), reason: "Unregistered", timestamp: 1_700_000_000_456 },
      { ...rest, token: tokenOf(3), reason: "Unregistered", timestamp: 1_700_000_000_789 },
      { ...rest, token: tokenOf(5), reason: "BadDeviceToken" },
    ];
    expect(heard).toEqual(expected);
    const found: DeadToken[] = [];
    for await (const dead of apns.deadTokens) {
      found.push(dead);
      if (found.length === expected.length) break;
    }
    expect(found).toEqual(expected);
    expect(apns.stats()).toMatchObject({ deadTokens: { buffered: 0, lost: 0 }, outcomes: { deadTokens: 4 } });
  });

  it("end with the client", async () => {
    const apns = await openClient(server);
    const loop = (async () => {
      for await (const _ of apns.deadTokens);
      return "over";
    })();
    await apns.close();
    expect(await loop).toBe("over");
  });

  it("under a token that is sent to another topic are dead for that topic", async () => {
    await using apns = await openClient(server);
    server.devices.unregister(tokenOf(9));
    await apns.trySend(tokenOf(9), hello.with({ topic: "com.example.other" }));
    const { value } = await apns.deadTokens[Symbol.asyncIterator]().next();
    expect(value).toMatchObject({ topic: "com.example.other" });
  });
});

describe("events", () => {
  it("tell of connections", async () => {
    const apns = await openClient(server);
    const heard: unknown[] = [];
    apns.on("connected", (service) => heard.push(["connected", service]));
    apns.on("disconnected", (reason, service) => heard.push(["disconnected", reason, service]));
    apns.on("closed", (reason, service) => heard.push(["closed", reason, service]));
    await apns.send(TOKEN, hello);
    server.strike({ kind: "goaway", text: '{"reason":"Shutdown"}' } as never);
    await until(() => heard.length >= 2 || apns.stats().push.active === 1, "it is connected again");
    await apns.send(TOKEN, hello);
    await apns.close();
    expect(heard).toContainEqual(["connected", "push"]);
    expect(heard).toContainEqual(["disconnected", "Shutdown", "push"]);
    expect(heard.at(-1)).toEqual(["closed", "close", "push"]);
  });

  it("tell of attempts to connect that failed", async () => {
    const doomed = await MockApns.start();
    await using apns = await openClient(doomed);
    const failed = new Promise((resolve) =>
      apns.on("connectFailed", (error, service) => resolve([error.failure, service])),
    );
    await doomed.close();
    expect(await failed).toEqual(["unreachable", "push"]);
  });

  it("tell of a certificate that was about to expire already when the client was opened", async () => {
    const auth = certificate(await server.issueClientCertificate({ uid: APP }));
    const clock = new ManualClock({ epoch: auth.notAfter.getTime() - 3 * DAY });
    await using apns = await ApnsClient.open({ ...optionsFor(server, auth), clock });
    const heard: string[] = [];
    apns.on("certificateExpiry", ({ type }) => heard.push(type));
    clock.advance(0);
    expect(heard).toEqual(["expiring"]);
  });

  it("tell of a certificate that will soon expire, and of the end of its life", async () => {
    const issued = await server.issueClientCertificate({ uid: APP });
    const auth = certificate(issued);
    const clock = new ManualClock({ epoch: auth.notAfter.getTime() - 40 * DAY });
    await using apns = await ApnsClient.open({ ...optionsFor(server, auth), clock, warnBefore: 30 * DAY });
    const heard: [string, number][] = [];
    apns.on("certificateExpiry", ({ type, remaining }) => heard.push([type, Math.round(remaining / DAY)]));
    clock.advance(41 * DAY);
    expect(heard).toEqual([
      ["expiring", 30],
      ["expired", 0],
    ]);
  });
});
