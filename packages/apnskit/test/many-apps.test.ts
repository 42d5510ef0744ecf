import { generateSigningKey, MockApns } from "@apnskit/mock-server";
import { ManualClock } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  ApnsClients,
  type ApnsClientsOptions,
  type AppCredentials,
  certificate,
  providerToken,
} from "../src/index.ts";
import { failure, hello, optionsFor, TOKEN, tokenOf, until } from "./kit/clients.ts";
import { MINUTE } from "./kit/durations.ts";

failOnLeaks();

const otherKey = generateSigningKey({ keyId: "KEY1234567", teamId: "TEAM123456" });
let server: MockApns;
beforeAll(async () => {
  server = await MockApns.start({ keys: [otherKey] });
});
afterAll(() => server.close());
beforeEach(() => {
  server.clearFaults();
  server.ledger.clear();
});

/** What a database knows: the apps "shop" and "courier" have one key, "stranger" has another. */
const database: Record<string, () => AppCredentials> = {
  shop: () => ({ environment: "sandbox", auth: providerToken(server.key), topic: "com.example.shop" }),
  courier: () => ({ environment: "sandbox", auth: providerToken(server.key), topic: "com.example.courier" }),
  stranger: () => ({ environment: "sandbox", auth: providerToken(otherKey), topic: "com.example.stranger" }),
};

function world(more: Partial<ApnsClientsOptions> = {}) {
  const asked: string[] = [];
  const { environment: _, auth: __, topic: ___, ...network } = optionsFor(server);
  const clients = new ApnsClients({
    ...network,
    credentials: async (app) => {
      asked.push(app);
      const found = database[app];
      if (found === undefined) throw new Error(`no app ${app}`);
      return found();
    },
    ...more,
  });
  const events: string[] = [];
  clients.on("opened", (environment, id) => events.push(`opened ${environment} ${id.slice(15, 25)}`));
  clients.on("closed", (environment, id, reason) =>
    events.push(`closed ${environment} ${id.slice(15, 25)}: ${reason}`),
  );
  return { clients, asked, events };
}

describe("apps", () => {
  it("with the same key share connections and provider token, each with its topic", async () => {
    const { clients, asked, events } = world();
    await using _ = clients;
    await Promise.all([
      clients.send("shop", tokenOf(1), hello),
      clients.send("courier", tokenOf(2), hello),
      clients.send("shop", tokenOf(3), hello),
      clients.send("stranger", tokenOf(4), hello),
    ]);
    expect(asked.toSorted()).toEqual(["courier", "shop", "stranger"]);
    expect(events).toHaveLength(2);
    const pushes = server.ledger.entries({ kind: "push" });
    const topicOf = (n: number) => pushes.find(({ token }) => token === tokenOf(n))!;
    expect(topicOf(2).topic).toBe("com.example.courier");
    expect(topicOf(1).connection).toBe(topicOf(2).connection);
    expect(topicOf(4).connection).not.toBe(topicOf(1).connection);
    const stats = await clients.stats();
    expect(
      stats.map((one) => [one.environment, one.stats.outcomes.accepted, one.clients]).toSorted(),
    ).toEqual([
      ["sandbox", 1, 0],
      ["sandbox", 3, 0],
    ]);
  });

  it("are asked for once at a time, and again after a failure", async () => {
    let answers = 0;
    const { clients } = world({
      credentialsRetries: 0,
      credentials: async () => {
        if (++answers === 1) throw new Error("database is down");
        return database.shop!();
      },
    });
    await using _ = clients;
    const both = await Promise.all([1, 2].map((n) => failure(clients.send("shop", tokenOf(n), hello))));
    expect(both.map(({ message }) => message)).toEqual(["database is down", "database is down"]);
    expect(answers).toBe(1);
    expect((await clients.send("shop", TOKEN, hello)).result).toBe("accepted");
    expect(answers).toBe(2);
  });

  it("with connections in common are all asked for again when these were idle", async () => {
    const clock = new ManualClock();
    const { clients, asked, events } = world({ clock, idleTimeout: MINUTE });
    await using _ = clients;
    for (const app of ["shop", "courier", "shop"]) await clients.send(app, TOKEN, hello);
    await clock.advanceAsync(MINUTE);
    expect(events.at(-1)).toContain(": idle");
    for (const app of ["shop", "courier"]) await clients.send(app, TOKEN, hello);
    expect(asked).toEqual(["shop", "courier", "shop", "courier"]);
  });

  it("whose connections cannot be opened get the error, and are asked for again", async () => {
    const connect = () =>
      Promise.reject(Object.assign(new Error("nobody listens"), { code: "ECONNREFUSED" }));
    const { clients, asked } = world({ connect });
    await using _ = clients;
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(await failure(clients.open("shop"))).toMatchObject({
        name: "ConnectFailed",
        failure: "unreachable",
      });
    }
    expect(asked).toEqual(["shop", "shop"]);
  });

  it("whose credentials cannot be get the typed error, and are asked for again", async () => {
    let auth: unknown;
    const { clients } = world({ credentials: () => ({ ...database.shop!(), auth: auth as never }) });
    await using _ = clients;
    expect(await failure(clients.open("shop"))).toMatchObject({ code: "ERR_APNS_CREDENTIALS_MISSING" });
    auth = providerToken(server.key);
    await using apns = await clients.open("shop");
    expect(apns.topic).toBe("com.example.shop");
  });
});

describe("connections", () => {
  it("are closed when nobody has used them for a while, and their credentials are asked for again", async () => {
    const clock = new ManualClock();
    const { clients, asked, events } = world({ clock, idleTimeout: 10 * MINUTE });
    await using _ = clients;
    const apns = await clients.open("shop");
    await clock.advanceAsync(60 * MINUTE);
    expect(events).toHaveLength(1);
    await apns.send(TOKEN, hello);
    await apns.close();
    await clock.advanceAsync(10 * MINUTE - 1);
    await clients.send("shop", TOKEN, hello);
    await clock.advanceAsync(10 * MINUTE - 1);
    expect(events).toHaveLength(1);
    await clock.advanceAsync(1);
    expect(events.at(-1)).toContain(": idle");
    await until(() => server.connections.length === 0, "the connection is gone");
    await clients.send("shop", TOKEN, hello);
    expect(asked).toEqual(["shop", "shop"]);
    expect(server.ledger.totals.acted).toBe(3);
  });

  it("opened again soon show the provider token of before: APNs takes a new one only every 20 minutes", async () => {
    const clock = new ManualClock();
    let keys = 0;
    const shown: number[] = [];
    const { clients } = world({
      clock,
      idleTimeout: MINUTE,
      credentials: () => {
        const auth = providerToken(server.key);
        const current = auth.current.bind(auth);
        auth.current = () => {
          shown.push(made);
          return current();
        };
        const made = ++keys;
        return { environment: "sandbox", auth, topic: "com.example.shop" };
      },
    });
    await using _ = clients;
    for (let round = 0; round < 3; round++) {
      await clients.send("shop", TOKEN, hello);
      await clock.advanceAsync(MINUTE);
      await until(() => server.connections.length === 0, "closed");
    }
    expect(keys).toBe(3);
    expect(new Set(shown)).toEqual(new Set([1]));
  });

  it("go only when what was sent through a client that is closed has ended", async () => {
    const clock = new ManualClock();
    const { clients, events } = world({ clock, idleTimeout: 0 });
    await using _ = clients;
    server.inject({ kind: "latency", latency: 100, times: 1 });
    const apns = await clients.open("shop");
    const sending = apns.send(TOKEN, hello);
    await until(() => apns.stats().push.inflight === 1, "it is in flight");
    await apns.close();
    clock.advance(0);
    expect(events.at(-1)).toContain(": idle");
    expect((await sending).result).toBe("accepted");
    await until(() => server.connections.length === 0, "the connection is gone");
  });

  it("that APNs ended because of the certificate are opened anew with what is found then", async () => {
    const refused = await server.issueClientCertificate({ uid: "com.example.shop" });
    const good = await server.issueClientCertificate({ uid: "com.example.shop" });
    let current = refused;
    const { clients, events } = world({
      credentials: () => ({ environment: "sandbox", auth: certificate(current) }),
    });
    await using _ = clients;
    server.inject({ kind: "answer", reason: "BadCertificate", times: 1 });
    const error = await failure<{ reason: string } & Error>(clients.send("shop", TOKEN, hello));
    expect(error.reason).toBe("BadCertificate");
    await until(() => events.some((event) => event.includes(": BadCertificate")), "they are closed");
    current = good;
    expect((await clients.send("shop", TOKEN, hello)).result).toBe("accepted");
  });

  it("that are about to end because of the certificate are given to no further client", async () => {
    const { clients, asked, events } = world({
      credentials: async (app) => {
        asked.push(app);
        const auth = certificate(await server.issueClientCertificate({ uid: "com.example.shop" }));
        return { environment: "sandbox", auth };
      },
    });
    await using _ = clients;
    server.inject({ kind: "answer", reason: "BadCertificate", times: 1 });
    await failure(clients.send("shop", TOKEN, hello));
    expect(events).toHaveLength(1);
    await using apns = await clients.open("shop");
    expect((await apns.send(TOKEN, hello)).result).toBe("accepted");
    expect([asked, events[1]]).toEqual([["shop", "shop"], expect.stringContaining(": close")]);
  });

  it("that were opened too late for close go to no client", async () => {
    const { clients } = world();
    const opening = failure(clients.open("shop"));
    await clients.close();
    expect(await opening).toMatchObject({ name: "Closed", reason: "close", delivery: "unsent" });
  });

  it("that are just open when the clients are closed go to no client", async () => {
    const { clients } = world();
    let closing: Promise<void> | undefined;
    clients.on("opened", () => {
      closing = clients.close();
    });
    const error = await failure(clients.open("shop"));
    expect(error).toMatchObject({ name: "Closed", reason: "close", delivery: "unsent" });
    await closing;
  });

  it("cannot be opened any more after close", async () => {
    const { clients, asked } = world();
    await clients.send("shop", TOKEN, hello);
    const apns = await clients.open("shop");
    await clients.close();
    const closed = { name: "Closed", reason: "close", delivery: "unsent" };
    for (const app of ["shop", "stranger"]) expect(await failure(clients.open(app))).toMatchObject(closed);
    expect(asked).toEqual(["shop"]);
    expect(await failure(apns.send(TOKEN, hello))).toMatchObject({ name: "Closed", delivery: "unsent" });
  });
});

it("a client that was given back takes no more, while the others go on", async () => {
  const { clients } = world();
  await using _ = clients;
  const first = await clients.open("shop");
  const second = await clients.open("shop");
  await first.close();
  expect(await failure(first.send(TOKEN, hello))).toMatchObject({ name: "Closed", delivery: "unsent" });
  expect((await second.send(TOKEN, hello)).result).toBe("accepted");
  await second.close();
});

it("a client that is closed twice counts once", async () => {
  const { clients } = world();
  await using _ = clients;
  const first = await clients.open("shop");
  const second = await clients.open("courier");
  await first.close();
  await first.close();
  expect((await clients.stats()).map((one) => one.clients)).toEqual([1]);
  await second.close();
  expect((await clients.stats()).map((one) => one.clients)).toEqual([0]);
});

it("a certificate that expires soon is reported", async () => {
  const clock = new ManualClock({ epoch: Date.now() });
  const notAfter = new Date(clock.epoch() + 24 * 60 * MINUTE);
  const auth = certificate(await server.issueClientCertificate({ uid: "com.example.shop", notAfter }));
  const { clients } = world({ clock, credentials: () => ({ environment: "sandbox", auth }) });
  await using _ = clients;
  const heard: unknown[] = [];
  clients.on("certificateExpiry", (expiry) => heard.push(expiry));
  await clients.send("shop", TOKEN, hello);
  clock.advance(0);
  expect(heard).toMatchObject([{ type: "expiring", certificate: auth }]);
});

it("forget has credentials fetched anew, also with another key under the same name", async () => {
  let auth = providerToken({ ...server.key, key: otherKey.key });
  const { clients } = world({
    credentials: () => ({ environment: "sandbox", auth, topic: "com.example.shop" }),
  });
  await using _ = clients;
  expect(await failure(clients.send("shop", TOKEN, hello))).toMatchObject({ reason: "InvalidProviderToken" });
  auth = providerToken(server.key);
  clients.forget("shop");
  expect((await clients.send("shop", TOKEN, hello)).result).toBe("accepted");
});

it("tokens of all apps that are dead come by one feed", async () => {
  const { clients } = world();
  await using _ = clients;
  const heard: string[] = [];
  clients.on("deadToken", ({ topic }) => heard.push(topic));
  server.devices.unregister(tokenOf(410));
  for (const app of ["shop", "stranger"]) await failure(clients.send(app, tokenOf(410), hello));
  expect(heard).toEqual(["com.example.shop", "com.example.stranger"]);
  const feed = clients.deadTokens[Symbol.asyncIterator]();
  expect([(await feed.next()).value?.topic, (await feed.next()).value?.topic]).toEqual(heard);
});

it("options that cannot be are refused at once", () => {
  expect(() => new ApnsClients({} as never)).toThrow("credentials must be a function");
  expect(() => new ApnsClients({ credentials: () => database.shop!(), idleTimeout: -1 })).toThrow(
    "idleTimeout",
  );
  for (const [option, value] of [
    ["credentials", "shop"],
    ["credentialsRetries", 101],
    ["idleTimeout", -1],
  ] as const) {
    const options = { credentials: () => database.shop!(), [option]: value };
    expect(() => new ApnsClients(options as never)).toThrow(expect.objectContaining({ option }));
  }
});
