import { ManualClock, ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";
import { Connection, InvalidOption } from "../src/index.ts";
import { connectionOptionNames, Dialer, duration, integer } from "../src/internal.ts";
import { connectTo, failureOf, outcomeOf, push } from "./support/index.ts";

failOnLeaks();

function complaint(options: object): [option: string, message: string] {
  try {
    new Dialer("https://127.0.0.1", options);
  } catch (error) {
    if (!(error instanceof InvalidOption)) throw error;
    expect([error.code, error instanceof InvalidOption]).toEqual(["ERR_APNS_INVALID_OPTION", true]);
    return [error.option, error.message];
  }
  throw new Error("nothing was thrown");
}

describe("bad options are refused before anything is connected; the value is named", () => {
  test.each([
    ["connectTimeout", 0],
    ["connectTimeout", Number.NaN],
    ["attemptTimeout", 9],
    ["attemptTimeout", 60_001],
    ["pingInterval", 9],
    ["pingInterval", null],
    ["pingTimeout", 9],
    ["pingTimeout", Infinity],
    ["maxConcurrentStreams", 0],
    ["maxConcurrentStreams", 2 ** 31],
    ["maxConcurrentStreams", 1.5],
    ["unref", 1],
    ["connect", null],
    ["lookup", {}],
  ])("%s: %o", (option, value) => {
    const [named, message] = complaint({ [option]: value });
    expect(named).toBe(option);
    expect(message).toContain(
      `; received ${value === null ? "null" : typeof value === "object" ? "an object" : value}`,
    );
  });

  test.each([
    [
      "connectTimeout",
      "10",
      'connectTimeout must be milliseconds from 1 to Infinity; received the string "10"',
    ],
    [
      "maxConcurrentStreams",
      "5",
      'maxConcurrentStreams must be an integer from 1 to 2147483647; received the string "5"',
    ],
    ["unref", "yes", 'unref must be a boolean; received the string "yes"'],
    [
      "connect",
      "-----BEGIN PRIVATE KEY-----",
      "connect must be a function; received a string of 27 characters",
    ],
    ["tls", "pem", 'tls must be an object; received the string "pem"'],
    ["limits", null, "limits must be an object; received null"],
  ])("%s: %j, quoted as what it is", (option, value, message) => {
    expect(complaint({ [option]: value })).toEqual([option, message]);
  });

  test.each([
    ["maxBodyLength", -1],
    ["maxHeaderListSize", 255],
    ["maxControlFrames", 0],
    ["maxContinuations", 0.5],
  ])("limits.%s: %o", (name, value) => {
    const [option, message] = complaint({ limits: { [name]: value } });
    expect(option).toBe("limits");
    expect(message).toMatch(new RegExp(`^${name} must be .* received ${value}$`));
  });

  test("unknown ones, in options and in limits", () => {
    expect(complaint({ rejectUnauthorized: false })).toEqual([
      "rejectUnauthorized",
      'unknown option "rejectUnauthorized"',
    ]);
    expect(complaint({ limits: { maxBodySize: 1 } })).toEqual(["maxBodySize", 'unknown limit "maxBodySize"']);
    expect(complaint({ limits: { firstStreamId: 3 } })[0]).toBe("firstStreamId");
    // It has an option of its own; given here it would be overruled in silence.
    expect(complaint({ limits: { maxConcurrentStreams: 5 } })[0]).toBe("maxConcurrentStreams");
  });

  test("Connection.open rejects for them, it does not throw", async () => {
    expect(await failureOf(Connection.open("nonsense"))).toMatchObject({ option: "origin" });
    expect(await failureOf(Connection.open("https://x", { pingInterval: 1 }))).toMatchObject({
      option: "pingInterval",
    });
  });
});

test("the names of all options are listed", () => {
  expect([...connectionOptionNames].sort()).toMatchSnapshot();
});

test("undefined stands for the default", () => {
  const options = Object.fromEntries(connectionOptionNames.map((name) => [name, undefined]));
  expect(new Dialer("https://x", options).origin.host).toBe("x");
});

test("connectTimeout, pingInterval and pingTimeout: their defaults", async () => {
  await using peer = await ScriptedPeer.listen();
  const clock = new ManualClock();
  const opening = connectTo(peer, { clock });
  expect(clock.delays).toEqual([10_000]);
  await using to = await opening;
  expect(clock.delays).toEqual([60_000]);
  to.transport.probe();
  expect(clock.delays).toEqual([5_000]);
});

describe("limits against hostile servers", () => {
  test.each([
    ["maxContinuations", { maxContinuations: 1 }, "Closed unknown"],
    ["maxHeaderBlockLength", { maxHeaderBlockLength: 300 }, "Closed unknown"],
    ["maxHeaderListSize", { maxHeaderListSize: 300 }, "ResponseTooLarge unknown"],
  ] as const)("%s", async (_title, limits, outcome) => {
    const answer = async (to: Awaited<ReturnType<typeof connectTo>>): Promise<unknown> => {
      const posted = outcomeOf(to.connection.post(push()));
      const { streamId } = await to.session.request();
      const fields: [string, string][] = [
        [":status", "200"],
        ["x-long", "z".repeat(400)],
      ];
      to.session.headers(streamId, fields, { endStream: true, continuation: 100 });
      return posted;
    };
    await using peer = await ScriptedPeer.listen({ tolerant: true });
    await using bounded = await connectTo(peer, { limits });
    expect(await answer(bounded)).toBe(outcome);
    await using unbounded = await connectTo(peer);
    expect(await answer(unbounded)).toBe(200);
  });

  test("maxInterimResponses", async () => {
    await using peer = await ScriptedPeer.listen({
      respond: ({ session, streamId }) => {
        session.headers(streamId, [[":status", "103"]]);
        session.headers(streamId, [[":status", "103"]]);
        return {};
      },
    });
    await using bounded = await connectTo(peer, { limits: { maxInterimResponses: 1 } });
    expect(await outcomeOf(bounded.connection.post(push()))).toBe("FormatError unknown");
    await using unbounded = await connectTo(peer, { limits: { maxInterimResponses: 2 } });
    expect(await outcomeOf(unbounded.connection.post(push()))).toBe(200);
  });

  test("maxControlFrames: a flood ends the connection", async () => {
    await using peer = await ScriptedPeer.listen({ tolerant: true });
    await using to = await connectTo(peer, { limits: { maxControlFrames: 50 } });
    const posted = failureOf(to.connection.post(push()));
    await to.session.request();
    to.session.batch(() => {
      for (let i = 0; i < 51; i++) to.session.sendSettings({});
    });
    expect(await posted).toMatchObject({ name: "Closed", delivery: "unknown" });
    expect(await to.session.nextFrame("GOAWAY")).toMatchObject({ code: "ENHANCE_YOUR_CALM" });
  });

  test("maxControlFrames: time restores the budget, with every answer to a PING", async () => {
    await using peer = await ScriptedPeer.listen({ tolerant: true });
    await using to = await connectTo(peer, { limits: { maxControlFrames: 50 } });
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 30; i++) to.session.sendSettings({});
      to.transport.probe();
      const ping = await to.session.nextFrame("PING", (frame) => !frame.ack);
      expect(ping.ack).toBe(false);
      await to.session.roundTrip();
    }
    expect(to.connection.state).toBe("active");
  });
});

test("durations and whole numbers", () => {
  expect([duration("d", undefined, 5), duration("d", 0, 5), duration("d", Infinity, 5)]).toEqual([
    5,
    0,
    Infinity,
  ]);
  expect(() => duration("d", 1, 5, 2, 3)).toThrow("d must be milliseconds from 2 to 3; received 1");
  expect([integer("n", undefined, 5, 1, 9), integer("n", 9, 5, 1, 9)]).toEqual([5, 9]);
  expect(integer("n", Infinity, 5, 1, Infinity)).toBe(Infinity);
  for (const bad of [0, 10, 1.5, Infinity, null]) {
    expect(() => integer("n", bad, 5, 1, 9)).toThrow(`n must be an integer from 1 to 9; received ${bad}`);
  }
});
