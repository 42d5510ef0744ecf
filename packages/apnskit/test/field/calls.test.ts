import { MockApns } from "@apnskit/mock-server";
import { ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApnsClient, alert, type Outcome, retryablePairs, type UnsentOutcome } from "../../src/index.ts";
import { all, failure, hello, openClient, optionsFor, TOKEN } from "../kit/clients.ts";

failOnLeaks();

const shared = (() => {
  let server: MockApns;
  let client: ApnsClient;
  beforeAll(async () => {
    server = await MockApns.start();
    client = await openClient(server);
  });
  afterAll(async () => {
    await client.close();
    await server.close();
  });
  return { server: () => server, client: () => client };
})();

describe("options in the place of which stands another value", () => {
  const calls: [string, (client: ApnsClient, options: never) => Promise<unknown>][] = [
    ["send", (client, options) => client.send(TOKEN, hello, options)],
    ["sendMany", async (client, options) => all(client.sendMany([TOKEN], hello, options))],
    ["broadcast", (client, options) => client.broadcast("dHN0LXNyY2gtY2hubA==", hello, options)],
    ["close", (client, options) => client.close(options)],
  ];
  it.each(calls)("of %s are refused", async (_, call) => {
    for (const options of [null, 5_000, "5000", [TOKEN]]) {
      const error = await failure(call(shared.client(), options as never));
      expect([options, error.name, error.code]).toEqual([
        options,
        "InvalidOption",
        "ERR_APNS_INVALID_OPTION",
      ]);
    }
  });

  it("of open are refused, and so is a name that open does not know", async () => {
    const options = optionsFor(shared.server());
    for (const how of [null, false, { wiat: false }, { wait: "false" }]) {
      expect(await failure(ApnsClient.open(options, how as never))).toMatchObject({ name: "InvalidOption" });
    }
    for (const tls of [null, "ca.pem"]) {
      const error = await failure(ApnsClient.open({ ...options, tls: tls as never }));
      expect(error).toMatchObject({ name: "InvalidOption", option: "tls" });
    }
  });

  it("of the notification name the function that takes them", async () => {
    const error = await failure(shared.client().send(TOKEN, hello, { expiration: 0 } as never));
    expect(error.message).toBe(
      'unknown option "expiration": the notification has it, such as alert({ expiration })',
    );
  });

  it.each([
    ["timeout", "5000", 'timeout must be milliseconds from 0, or Infinity; received the string "5000"'],
    ["warnBefore", "30d", 'warnBefore must be milliseconds from 0 on; received the string "30d"'],
  ])("a number of %s in a string is quoted", async (name, value, message) => {
    const error = await failure(openClient(shared.server(), { [name]: value } as never));
    expect(error).toMatchObject({ name: "InvalidOption", option: name, message });
  });

  it("a signal of another realm is taken, a controller is not", async () => {
    const { signal } = new AbortController();
    const foreign = {
      aborted: false,
      addEventListener: () => {},
      removeEventListener: () => {},
    } as unknown as AbortSignal;
    await using client = await openClient(shared.server());
    for (const given of [signal, foreign]) {
      expect(await client.send(TOKEN, hello, { signal: given })).toMatchObject({ result: "accepted" });
    }
    const error = await failure(client.send(TOKEN, hello, { signal: new AbortController() as never }));
    expect(error.message).toContain("give the controller's `signal`");
  });
});

describe("sendMany without a notification", () => {
  it("says so for each token, and names the token", async () => {
    const [outcome] = (await all(shared.client().sendMany([TOKEN] as never))) as UnsentOutcome[];
    expect(outcome).toMatchObject({ result: "unsent", token: TOKEN, index: 0, retryable: false });
    expect(outcome!.error.message).toBe(
      "notification: sendMany(tokens, notification) needs it as its second argument, or give pairs [token, notification]",
    );
  });

  it.each<[string, unknown]>([
    ["objects", { token: TOKEN, notification: hello }],
    ["nothing", undefined],
    ["null", null],
  ])("says what it needs in place of %s", async (_, pair) => {
    const [outcome] = (await all(shared.client().sendMany([pair] as never))) as UnsentOutcome[];
    expect(outcome!.error.message).toContain("sendMany needs pairs [token, notification]");
  });

  it("refuses a plain object in the place of the notification when options follow", () => {
    expect(() => shared.client().sendMany([TOKEN], { title: "x" } as never, {} as never)).toThrow(
      "notification: must be made by alert(), raw() or another of them; received an object",
    );
  });
});

it("the JSON of a notification, as a job queue hands it out, is named as such", async () => {
  for (const json of [hello.toJSON(), JSON.stringify(hello)]) {
    const error = await failure(shared.client().send(TOKEN, json as never));
    expect(error.message).toContain("Notification.fromJSON() reads the JSON of one");
  }
});

describe("what cannot succeed the second time", () => {
  it("a deadline that has passed is final, with and without an attempt", async () => {
    const deadline = Date.now() - 1;
    expect(await shared.client().trySend(TOKEN, hello, { deadline })).toMatchObject({
      result: "unsent",
      retryable: false,
    });
    await using peer = await ScriptedPeer.listen();
    const { auth } = optionsFor(shared.server());
    await using client = await ApnsClient.open({
      origin: peer.origin,
      tls: { ca: peer.ca },
      auth,
      topic: "a.b",
    });
    const harmless = alert({ title: "Hello", collapseId: "one" });
    const outcome = await client.trySend(TOKEN, harmless, { deadline: Date.now() + 100 });
    expect(outcome).toMatchObject({
      result: "unknown",
      error: { deadlineSource: "deadline" },
      retryable: false,
    });
  });

  it("an expired notification is final for a closed client, too", async () => {
    const client = await openClient(shared.server());
    await client.close();
    const expired = alert({ title: "Hello", expiration: new Date(Date.now() - 5_000) });
    expect(await client.trySend(TOKEN, expired)).toMatchObject({ result: "unsent", retryable: false });
    expect(await client.trySend(TOKEN, hello)).toMatchObject({ result: "unsent", retryable: true });
  });
});

describe("retryablePairs", () => {
  it.each<[string, unknown, unknown, string]>([
    [
      "an iteration that has not ended",
      (async function* () {})(),
      [],
      "collect what sendMany() yields first",
    ],
    ["nothing", undefined, [], "collect what sendMany() yields first"],
    ["an outcome that is null", [null], [], "no place in `pairs`"],
    ["no pairs", [] as Outcome[], undefined, "pairs must be an array"],
    ["pairs in a set", [] as Outcome[], new Set(), "pairs must be an array"],
  ])("refuses %s", (_, outcomes, pairs, message) => {
    expect(() => retryablePairs(outcomes as never, pairs as never)).toThrow(
      expect.objectContaining({ name: "InvalidOption", message: expect.stringContaining(message) }),
    );
  });
});

it("every option of open, of calls and of close may be undefined, also for the compiler", async () => {
  const none = undefined;
  const network = { size: none, maxQueue: none, retry: none, reconnect: none, maxAge: none, random: none };
  const app = { proxy: none, timeout: none, warnBefore: none, connect: none, logger: none, clock: none };
  const options = { ...optionsFor(shared.server()), ...network, ...app };
  await using client = await ApnsClient.open({ ...options, port: none }, { wait: none });
  const limits = { timeout: none, deadline: none, signal: none, idempotent: none };
  expect(await client.send(TOKEN, hello, limits)).toMatchObject({ result: "accepted" });
  expect(await all(client.sendMany([TOKEN], hello, { ...limits, concurrency: none }))).toHaveLength(1);
  await client.close({ drain: none });
});
