import { once } from "node:events";
import { connect } from "node:net";
import { MockApns } from "@apnskit/mock-server";
import { ManualClock } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { App } from "../src/client/client-options.ts";
import type { Courier } from "../src/client/courier.ts";
import { DevicePushes } from "../src/client/device-pushes.ts";
import { type SharedCourier, SharedCouriers } from "../src/client/shared-couriers.ts";
import { ApnsClients, type AppCredentials, certificate, DeadTokens, providerToken } from "../src/index.ts";
import { failure, hello, TOKEN, until } from "./kit/clients.ts";
import { MINUTE } from "./kit/durations.ts";
import { APP } from "./kit/on-the-wire.ts";
import { p8 } from "./kit/p8.ts";

failOnLeaks();

let server: MockApns;
beforeAll(async () => {
  server = await MockApns.start();
});
afterAll(() => server.close());
beforeEach(() => server.clearFaults());

const appWith = (auth: App["auth"] = providerToken(server.key)): App => ({
  environment: "sandbox",
  auth,
  topic: APP,
});

/** Sends one notification; resolves with its result. */
function pushOver({ courier }: SharedCourier): Promise<string> {
  const pushes = new DevicePushes(courier, APP, {});
  return new Promise((resolve) =>
    pushes.send(TOKEN, hello, undefined, undefined, ({ result }) => resolve(result)),
  );
}

function bench({ idleTimeout = 1_000, down = (): boolean => false, mistaken = (): boolean => false } = {}) {
  const clock = new ManualClock();
  const opened: Courier[] = [];
  const left: string[] = [];
  let attempts = 0;
  const couriers = new SharedCouriers({
    network: {
      origin: server.origin,
      tls: { ca: server.ca },
      clock,
      random: () => 1,
      pingInterval: Infinity,
      connect: async ({ host, port }) => {
        attempts++;
        if (mistaken()) return undefined as never;
        if (down()) throw Object.assign(new Error("nobody listens"), { code: "ECONNREFUSED" });
        const socket = connect(port, host);
        await once(socket, "connect");
        return socket;
      },
    },
    idleTimeout,
    clock,
    random: () => 1,
    deadTokens: new DeadTokens(),
    onOpened: (courier) => opened.push(courier),
    onLeft: (_, reason) => left.push(reason),
  });
  return { clock, couriers, opened, left, attempts: () => attempts };
}

describe("connections of many apps", () => {
  it("are opened once for all who want the same credentials at a time", async () => {
    const { couriers, opened } = bench();
    const all = await Promise.all([couriers.of(appWith()), couriers.of(appWith()), couriers.of(appWith())]);
    expect(new Set(all).size).toBe(1);
    expect([opened.length, await couriers.all()]).toEqual([1, [all[0]]]);
    const other = providerToken({ key: p8(), keyId: "KEY1234567", teamId: "TEAM123456" });
    const stranger = await couriers.of(appWith(other));
    expect(stranger).not.toBe(all[0]);
    expect(await couriers.all()).toHaveLength(2);
    await couriers.close();
    expect(await couriers.all()).toEqual([]);
  });

  it("are closed when no client has used them for the idle time, counted from the last one", async () => {
    const { clock, couriers, left } = bench();
    const shared = await couriers.of(appWith());
    couriers.enter(shared);
    couriers.enter(shared);
    couriers.leave(shared);
    clock.advance(5_000);
    expect(left).toEqual([]);
    couriers.leave(shared);
    clock.advance(999);
    couriers.enter(shared);
    clock.advance(5_000);
    couriers.leave(shared);
    clock.advance(999);
    expect([left, shared.courier.isOpen]).toEqual([[], true]);
    expect(clock.refed).toBe(0);
    clock.advance(1);
    expect(left).toEqual(["idle"]);
    await until(() => !shared.courier.isOpen, "they are closed");
    expect(await couriers.of(appWith())).not.toBe(shared);
    await couriers.close();
    expect(left).toEqual(["idle", "close"]);
  });

  it("that come back keep the provider token of before, until it is an hour old", async () => {
    const { clock, couriers } = bench();
    const [first, second, third] = [appWith(), appWith(), appWith()];
    const reopen = async (app: App) => {
      const shared = await couriers.of(app);
      couriers.drop(shared, "idle");
      await shared.courier.close();
      return shared.courier.authorization.auth;
    };
    expect(await reopen(first)).toBe(first.auth);
    clock.advance(60 * MINUTE);
    expect(await reopen(second)).toBe(first.auth);
    clock.advance(60 * MINUTE + 1);
    expect(await reopen(third)).toBe(third.auth);
    await couriers.close();
  });

  it("that are being opened, and fail, are left out of the list", async () => {
    const { couriers } = bench({ down: () => true });
    const opening = failure(couriers.of(appWith()));
    expect(await couriers.all()).toEqual([]);
    expect(await opening).toMatchObject({ name: "ConnectFailed" });
    await couriers.close();
  });

  it("that finish what they had when they became idle are closed with all others", async () => {
    const { clock, couriers, left } = bench();
    const shared = await couriers.of(appWith());
    server.inject({ kind: "stall", times: 1 });
    const pushed = pushOver(shared);
    await until(() => server.ledger.entries().some(({ status }) => status === undefined), "it has arrived");
    couriers.enter(shared);
    couriers.leave(shared);
    clock.advance(1_000);
    expect(left).toEqual(["idle"]);
    expect(shared.courier.stats().push.inflight).toBe(1);
    await couriers.close();
    expect([shared.courier.stats().push.inflight, await pushed]).toEqual([0, "unknown"]);
  });

  it("that are dropped are so once, and closing closes what is still under way as well", async () => {
    const { clock, couriers, left } = bench();
    const shared = await couriers.of(appWith());
    couriers.enter(shared);
    couriers.leave(shared);
    couriers.drop(shared, "close");
    couriers.drop(shared, "close");
    expect([left, clock.delays.includes(1_000)]).toEqual([["close"], false]);
    await shared.courier.close();
    await couriers.close();
    expect(left).toEqual(["close"]);
  });
});

describe("attempts with credentials that fail", () => {
  it("are held back, longer each time, with the last error meanwhile; a success ends the row", async () => {
    let down = true;
    const { clock, couriers, attempts } = bench({ down: () => down });
    const app = appWith();
    const fails = async () => {
      expect(await failure(couriers.of(app))).toMatchObject({
        name: "ConnectFailed",
        failure: "unreachable",
      });
      return attempts();
    };
    expect(await fails()).toBe(1);
    expect(await fails()).toBe(1);
    clock.advance(249);
    expect(await fails()).toBe(1);
    clock.advance(1);
    expect(await fails()).toBe(2);
    clock.advance(499);
    expect(await fails()).toBe(2);
    down = false;
    clock.advance(1);
    const shared = await couriers.of(app);
    expect(await pushOver(shared)).toBe("accepted");
    down = true;
    couriers.drop(shared, "idle");
    await shared.courier.close();
    expect(await fails()).toBe(4);
    clock.advance(250);
    expect(await fails()).toBe(5);
    await couriers.close();
  });
});

it("credentials that fail are held back although others fail after them", async () => {
  const { couriers, attempts } = bench({ down: () => true });
  const apps = [appWith(), appWith(providerToken({ key: p8(), keyId: "KEY1234567", teamId: "TEAM123456" }))];
  for (let round = 0; round < 2; round++) {
    for (const app of apps) expect(await failure(couriers.of(app))).toMatchObject({ name: "ConnectFailed" });
  }
  expect(attempts()).toBe(2);
  await couriers.close();
});

it("a mistake in the `connect` function is not held back", async () => {
  let mistaken = true;
  const { couriers, attempts } = bench({ mistaken: () => mistaken });
  const app = appWith();
  expect(await failure(couriers.of(app))).toMatchObject({ name: "InvalidOption" });
  expect(await failure(couriers.of(app))).toMatchObject({ name: "InvalidOption" });
  expect(attempts()).toBe(2);
  mistaken = false;
  expect((await couriers.of(app)).courier.isOpen).toBe(true);
  await couriers.close();
});

describe("after close", () => {
  it("nothing is opened: not for an app whose credentials were being looked up", async () => {
    const connections = server.connections.length;
    let found!: (value: AppCredentials) => void;
    const clients = new ApnsClients({
      origin: server.origin,
      tls: { ca: server.ca },
      credentials: () =>
        new Promise<AppCredentials>((resolve) => {
          found = resolve;
        }),
    });
    const opened: string[] = [];
    clients.on("opened", () => opened.push("opened"));
    const sending = failure(clients.send("app", TOKEN, hello));
    await until(() => found !== undefined, "the callback is called");
    await clients.close();
    found({ environment: "sandbox", auth: providerToken(server.key), topic: APP });
    expect(await sending).toMatchObject({ name: "Closed", delivery: "unsent" });
    expect([opened, server.connections.length]).toEqual([[], connections]);
  });

  it("nothing is opened by the couriers themselves", async () => {
    const { couriers, opened } = bench();
    await couriers.close();
    expect(await failure(couriers.of(appWith()))).toMatchObject({
      name: "Closed",
      reason: "close",
      delivery: "unsent",
    });
    expect(opened).toEqual([]);
  });
});

describe("connections that the server refuses", () => {
  it("are dropped with its reason, and held back; a success in between ends the row", async () => {
    const auth = certificate(await server.issueClientCertificate({ uid: APP }));
    const { clock, couriers, left } = bench();
    const app = appWith(auth);
    const push = async () => pushOver(await couriers.of(app));
    const refuse = async () => {
      const count = left.length;
      server.inject({ kind: "answer", reason: "BadCertificate", times: 1 });
      await push();
      await until(() => left.length > count, "they are dropped");
    };
    await refuse();
    expect(left).toEqual(["BadCertificate"]);
    expect(await failure(couriers.of(app))).toMatchObject({
      name: "Closed",
      reason: "BadCertificate",
      delivery: "unsent",
    });
    clock.advance(250);
    await refuse();
    clock.advance(499);
    expect(await failure(couriers.of(app))).toMatchObject({ reason: "BadCertificate" });
    clock.advance(1);
    expect(await push()).toBe("accepted");
    await refuse();
    clock.advance(249);
    expect(await failure(couriers.of(app))).toMatchObject({ reason: "BadCertificate" });
    clock.advance(1);
    expect(await push()).toBe("accepted");
    await couriers.close();
  });
});
