import { MockApns } from "@apnskit/mock-server";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  ApnsClient,
  liveActivityEnd,
  liveActivityStart,
  liveActivityUpdate,
  Rejected,
} from "../src/index.ts";
import { failure, hello, openClient, optionsFor, TOKEN } from "./kit/clients.ts";
import { APP } from "./kit/on-the-wire.ts";

failOnLeaks();

let server: MockApns;
beforeAll(async () => {
  server = await MockApns.start();
});
afterAll(() => server.close());
beforeEach(() => {
  server.clearFaults();
  server.ledger.clear();
});

const update = liveActivityUpdate({ timestamp: new Date(), contentState: { score: 1 } });

describe("channels", () => {
  it("are created, read, listed and deleted", async () => {
    await using apns = await openClient(server);
    const before = await apns.channels.list();
    const plain = await apns.channels.create();
    const stored = await apns.channels.create({ storage: "newest" });
    expect([plain.storage, stored.storage]).toEqual(["none", "newest"]);
    expect(await apns.channels.read(stored.id)).toEqual(stored);
    expect(await apns.channels.list()).toEqual([...before, plain.id, stored.id]);
    await apns.channels.delete(plain.id);
    expect(await apns.channels.list()).toEqual([...before, stored.id]);
    const gone = await failure<Rejected>(apns.channels.delete(plain.id));
    expect([gone.status, gone.reason]).toEqual([404, "BadPath"]);
  });

  it("have connections of their own, opened when they are first needed", async () => {
    await using apns = await openClient(server);
    expect(apns.stats()).not.toHaveProperty("management");
    await apns.channels.list();
    await apns.send(TOKEN, hello);
    expect(apns.stats()).toMatchObject({
      management: { active: 1, completed: 1 },
      push: { active: 1, completed: 1 },
    });
    const [channel] = server.ledger.entries({ kind: "channel" });
    const [push] = server.ledger.entries({ kind: "push" });
    expect(channel!.connection).not.toBe(push!.connection);
  });

  it("read and list are tried again when it is unknown whether they arrived, create is not", async () => {
    await using apns = await openClient(server);
    server.inject({ kind: "reset", code: "INTERNAL_ERROR", times: 1 });
    expect(await apns.channels.list()).toEqual(expect.any(Array));
    server.inject({ kind: "reset", code: "INTERNAL_ERROR", times: 1 });
    expect(await failure(apns.channels.create())).toMatchObject({ name: "StreamReset", delivery: "unknown" });
  });

  it("of a stand-in need its address: a test must not manage real ones", async () => {
    const { managementOrigin: _, ...options } = optionsFor(server);
    await using apns = await ApnsClient.open(options);
    expect(await failure(apns.channels.list())).toMatchObject({
      name: "InvalidOption",
      option: "managementOrigin",
    });
  });

  it("refuse what cannot be", async () => {
    await using apns = await openClient(server);
    await expect(apns.channels.create({ storage: "all" as never })).rejects.toThrow('received "all"');
    await expect(apns.channels.read("line\nbreak")).rejects.toThrow("channelId");
    await expect(apns.channels.list({ timout: 1 } as never)).rejects.toThrow('unknown option "timout"');
  });
});

describe("broadcast", () => {
  it("publishes to a channel", async () => {
    await using apns = await openClient(server);
    const channel = await apns.channels.create({ storage: "newest" });
    const outcome = await apns.broadcast(channel.id, update.with({ priority: 5 }));
    expect(outcome).toMatchObject({
      result: "accepted",
      status: 200,
      attempts: 1,
      uniqueId: expect.any(String),
    });
    const [entry] = server.ledger.entries({ kind: "broadcast" });
    expect(entry).toMatchObject({
      path: `/4/broadcasts/apps/${APP}`,
      apnsId: outcome.apnsId,
      priority: "5",
      acted: true,
    });
    const end = liveActivityEnd({
      timestamp: new Date(),
      contentState: {},
      id: "F4121B12-E0BF-3266-F079-D9253E98BF49",
    });
    expect((await apns.broadcast(channel.id, end)).apnsId).toBe("f4121b12-e0bf-3266-f079-d9253e98bf49");
  });

  it("leaves the suffix out of the path, whoever put it into the topic", async () => {
    await using apns = await openClient(server, { topic: `${APP}.push-type.liveactivity` });
    const { id } = await apns.channels.create();
    await apns.broadcast(id, update);
    expect(server.ledger.entries({ kind: "broadcast" })[0]!.path).toBe(`/4/broadcasts/apps/${APP}`);
  });

  it("throws Rejected with the outcome", async () => {
    await using apns = await openClient(server);
    const { id } = await apns.channels.create();
    await apns.channels.delete(id);
    const error = await failure<Rejected>(apns.broadcast(id, update));
    expect(error).toBeInstanceOf(Rejected);
    expect(error.outcome).toMatchObject({
      reason: "ChannelNotRegistered",
      advice: "never",
      apnsId: expect.any(String),
    });
    expect(error.outcome).not.toHaveProperty("token");
  });

  it("counts like other notifications", async () => {
    await using apns = await openClient(server);
    const { id } = await apns.channels.create();
    await apns.broadcast(id, update);
    server.inject({ kind: "reset", code: "INTERNAL_ERROR", times: 1 });
    expect(await failure(apns.broadcast(id, update))).toMatchObject({ delivery: "unknown" });
    expect(apns.stats().outcomes).toMatchObject({ total: 2, accepted: 1, unknown: 1 });
  });

  it("refuses what channels do not take", async () => {
    await using apns = await openClient(server);
    const start = liveActivityStart({
      timestamp: new Date(),
      attributesType: "Game",
      attributes: {},
      contentState: {},
      alert: { title: "T", body: "B" },
    });
    for (const wrong of [hello, start])
      await expect(apns.broadcast("c2FtcGxl", wrong)).rejects.toThrow("notification:");
    await expect(apns.broadcast("", update)).rejects.toThrow("channelId:");
    await using aimless = await openClient(server, { topic: undefined } as never);
    await expect(aimless.broadcast("c2FtcGxl", update)).rejects.toThrow("topic:");
    expect(server.ledger.totals.arrived).toBe(0);
  });
});
