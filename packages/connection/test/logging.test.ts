import { clientCertificate, ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { type Logger, pino } from "pino";
import { expect, test } from "vitest";
import { Connection, InvalidOption, Request } from "../src/index.ts";
import { guardLogger } from "../src/internal.ts";
import { connectTo, failureOf, outcomeOf, push } from "./support/index.ts";

failOnLeaks();

interface Line {
  level: number;
  msg: string;
  [name: string]: unknown;
}

const info = 30;
const token = "0123456789abcdef".repeat(4);

function log(level = "trace"): {
  lines: Line[];
  text(): string;
  logger: Logger;
} {
  const written: string[] = [];
  const logger = pino({ level, base: null, timestamp: false }, { write: (line) => void written.push(line) });
  return {
    get lines() {
      return written.map((line) => JSON.parse(line) as Line);
    },
    text: () => written.join(""),
    logger,
  };
}

test("the life-cycle, at info", async () => {
  await using peer = await ScriptedPeer.listen();
  const { logger, ...logged } = log();
  const origin = peer.origin;
  const output = log();
  await using to = await connectTo(peer, { logger: output.logger });
  const outcome = outcomeOf(to.connection.post(push()));
  await to.session.request();
  to.session.goaway({ lastStreamId: 1, debug: { reason: "Shutdown" } });
  await to.session.roundTrip();
  await to.connection.close();
  await outcome;
  expect(output.lines).toEqual([
    { level: info, origin, address: "127.0.0.1", msg: "connection open" },
    { level: info, origin, reason: "Shutdown", inflight: 1, msg: "connection draining" },
    { level: info, origin, reason: "close", failed: 1, msg: "connection closed" },
  ]);
  expect([logger.level, logged.lines]).toEqual(["trace", []]);
});

test("a connection that could not be opened says why", async () => {
  await using peer = await ScriptedPeer.listen();
  const output = log();
  await failureOf(Connection.open(peer.origin, { logger: output.logger }));
  expect(output.lines).toHaveLength(1);
  expect(output.lines[0]).toMatchObject({ level: info, msg: "connecting failed", failed: 0 });
  expect(output.lines[0]!.reason).toContain("not trusted");
});

test("GOAWAY before SETTINGS is a connection that could not be opened", async () => {
  await using peer = await ScriptedPeer.listen({
    settings: false,
    onSession: (session) => session.goaway({ debug: { reason: "BadCertificate" } }),
  });
  const output = log();
  await failureOf(Connection.open(peer.origin, { logger: output.logger, tls: { ca: peer.ca } }));
  expect(output.lines).toMatchObject([{ msg: "connecting failed", reason: "BadCertificate" }]);
});

test("no tokens, payloads, header values or keys at any level", async () => {
  await using peer = await ScriptedPeer.listen({ tls: { clientCertificate: "requested" } });
  const output = log();
  const credentials = await clientCertificate();
  await using to = await connectTo(peer, { logger: output.logger, tls: credentials });
  const headers = { authorization: "bearer top.secret", "apns-collapse-id": "private-id" };
  const request = Request.json(`/3/device/${token}`, headers, { aps: { alert: "private words" } });
  const outcome = outcomeOf(to.connection.post(request));
  await to.session.request();
  to.session.goaway({ lastStreamId: 1, debug: `Unexpected request: POST /3/device/${token}` });
  await to.session.roundTrip();
  await to.connection.close();
  await outcome;
  expect(output.lines.length).toBeGreaterThan(2);
  const key = credentials.key.split("\n")[1]!;
  for (const secret of [token, "top.secret", "private", key]) expect(output.text()).not.toContain(secret);
});

test("silent by default, and above the logger's level", async () => {
  await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
  const output = log("warn");
  await using to = await connectTo(peer, { logger: output.logger });
  await to.connection.post(push());
  await to.connection.close();
  expect(output.lines).toEqual([]);
});

test.each<[string, object]>([
  ["whose methods reject", { info: () => Promise.reject(new Error("the log is full")) }],
  [
    "whose level check rejects",
    { debug: () => {}, isLevelEnabled: () => Promise.reject(new Error("the log is full")) },
  ],
])("a logger %s rejects into nothing", async (_, given) => {
  const rejections: unknown[] = [];
  const note = (error: unknown): void => void rejections.push(error);
  process.on("unhandledRejection", note);
  const logger = guardLogger(given);
  logger.info({}, "a line");
  logger.isEnabled("debug");
  // Node reports rejections once its microtasks are done.
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", note);
  expect(rejections).toEqual([]);
});

test.each<[string, object]>([
  ["getters throw", Object.defineProperty({ error: () => {} }, "info", { get: throwing, enumerable: true })],
  [
    "Proxy throws for one of its methods",
    new Proxy(
      { error: () => {} },
      { get: (_, name) => (name === "info" ? throwing() : name === "error" && (() => {})) },
    ),
  ],
])("a logger whose %s is used for the rest", (_, given) => {
  const logger = guardLogger(given);
  expect([logger.isEnabled("info"), logger.isEnabled("error")]).toEqual([false, true]);
  expect(() => logger.info({}, "a line")).not.toThrow();
});

test.each<[unknown, string]>([
  ["info", '; received the string "info"'],
  [{ log: () => {} }, "; received an object"],
  [null, "; received null"],
  [new Proxy({}, { get: throwing }), "; received an object"],
])("a logger without a method is refused, and named", (given, shown) => {
  expect(() => guardLogger(given)).toThrow(InvalidOption);
  expect(() => guardLogger(given)).toThrow(shown);
});

function throwing(): never {
  throw new Error("broken");
}
