import { ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";
import { body, connectTo, failureOf, outcomeOf, push } from "./support/index.ts";

failOnLeaks();

/** Posts one request and lets the script answer it. */
async function answeredBy(script: Parameters<typeof ScriptedPeer.listen>[0]) {
  await using peer = await ScriptedPeer.listen(script);
  await using to = await connectTo(peer);
  return await to.connection.post(push());
}

test("an error status without a body has no reason", async () => {
  const response = await answeredBy({ respond: () => ({ status: 503, headers: { "apns-id": "A" } }) });
  expect(response).toMatchObject({ status: 503, ok: false, reason: undefined, apnsId: "A" });
  expect(response.body).toHaveLength(0);
});

test("a body in several DATA frames, empty ones among them", async () => {
  const response = await answeredBy({
    respond: () => ({ status: 400, body: ['{"rea', "", 'son":"Bad', 'DeviceToken"}', ""] }),
  });
  expect(response.reason).toBe("BadDeviceToken");
});

test.each([
  ["not JSON", "<html>Bad gateway</html>"],
  ["JSON without a reason", '{"error":"x"}'],
  ["a reason that is no string", '{"reason":7}'],
  ["JSON that is no object", '"BadDeviceToken"'],
  ["null", "null"],
])("%s: no reason, the text is there", async (_title, text) => {
  const response = await answeredBy({ respond: () => ({ status: 502, body: text }) });
  expect([response.status, response.reason, response.text()]).toEqual([502, undefined, text]);
});

test("an unknown reason passes through", async () => {
  const response = await answeredBy({ respond: () => ({ status: 400, body: { reason: "BrandNew" } }) });
  expect(response.reason).toBe("BrandNew");
});

test("410 with the timestamp of the token", async () => {
  const response = await answeredBy({
    respond: () => ({ status: 410, body: { reason: "Unregistered", timestamp: 1_700_000_000_123 } }),
  });
  expect([response.reason, response.timestamp]).toEqual(["Unregistered", 1_700_000_000_123]);
});

test("interim 1xx before the answer are passed over", async () => {
  const response = await answeredBy({
    respond: ({ session, streamId }) => {
      session.headers(streamId, [[":status", "100"]]);
      session.headers(streamId, [
        [":status", "103"],
        ["link", "x"],
      ]);
      return { status: 200, headers: { "apns-id": "B" } };
    },
  });
  expect([response.status, response.apnsId, response.headers]).toEqual([200, "B", { "apns-id": "B" }]);
});

test("trailers", async () => {
  const response = await answeredBy({
    respond: () => ({ status: 200, body: "x", trailers: { "x-checksum": "1", "x-more": "2" } }),
  });
  expect(response.trailers).toEqual({ "x-checksum": "1", "x-more": "2" });
  expect(response.headers).toEqual({});
});

test("header names are found in lower case, repeated ones are joined, both apns ids are read", async () => {
  const response = await answeredBy({
    respond: () => ({
      headers: [
        ["apns-id", "E1"],
        ["apns-unique-id", "u-2"],
        ["x-a", "1"],
        ["x-a", "2"],
      ],
    }),
  });
  expect([response.apnsId, response.apnsUniqueId, response.headers["x-a"]]).toEqual(["E1", "u-2", "1, 2"]);
  expect(response.header("x-none")).toBeUndefined();
});

describe("64 KB and larger", () => {
  test("65,536 octets are taken", async () => {
    const response = await answeredBy({ respond: () => ({ status: 400, body: "y".repeat(65_536) }) });
    expect(response.body).toHaveLength(65_536);
  });

  test("one more is too large: the stream is reset, the connection lives on", async () => {
    await using peer = await ScriptedPeer.listen();
    await using to = await connectTo(peer);
    const failure = failureOf(to.connection.post(push(1)));
    (await to.session.request()).respond({ body: "y".repeat(65_537) });
    expect(await failure).toMatchObject({
      name: "ResponseTooLarge",
      code: "ERR_APNS_RESPONSE_TOO_LARGE",
      delivery: "unknown",
    });
    expect(await to.session.nextFrame("RST_STREAM")).toMatchObject({ streamId: 1, code: "CANCEL" });
    const next = to.connection.post(push(2));
    (await to.session.request()).respond();
    expect(await outcomeOf(next)).toBe(200);
  });

  test("the bound is an option", async () => {
    await using peer = await ScriptedPeer.listen({ respond: () => ({ body: "y".repeat(100_000) }) });
    await using to = await connectTo(peer, { limits: { maxBodyLength: 100_000 } });
    expect((await to.connection.post(push())).body).toHaveLength(100_000);
  });
});

test("an answer before the request's body was sent counts; the rest of the body is taken back", async () => {
  await using peer = await ScriptedPeer.listen({
    settings: { initialWindowSize: 10 },
    automatic: { windowUpdates: false },
  });
  await using to = await connectTo(peer);
  const posted = to.connection.post(body(4_096));
  const head = await to.session.requestHead();
  to.session.respond(head.streamId, { status: 413, body: { reason: "PayloadTooLarge" } });
  expect((await posted).reason).toBe("PayloadTooLarge");
  expect(await to.session.nextFrame("RST_STREAM")).toMatchObject({ streamId: head.streamId, code: "CANCEL" });
  expect(to.connection.stats()).toMatchObject({ inflight: 0, buffered: 0 });
});

test("headers over the bound: the request fails, the connection lives on", async () => {
  await using peer = await ScriptedPeer.listen({
    respond: ({ path }) => (path.endsWith("1") ? { headers: { "x-long": "z".repeat(1_000) } } : {}),
  });
  await using to = await connectTo(peer, { limits: { maxHeaderListSize: 512 } });
  const failure = await failureOf(to.connection.post(push(1)));
  expect(failure).toMatchObject({ name: "ResponseTooLarge", delivery: "unknown" });
  expect(failure.message).toContain("512");
  expect(await outcomeOf(to.connection.post(push(2)))).toBe(200);
});

test.each([
  [
    "an upper-case header name",
    [
      [":status", "200"],
      ["Apns-Id", "x"],
    ],
  ],
  ["no status", [["apns-id", "x"]]],
  ["a status that is no number", [[":status", "ok"]]],
] as const)("%s: a FormatError, and the connection lives on", async (_title, fields) => {
  await using peer = await ScriptedPeer.listen({ tolerant: true });
  await using to = await connectTo(peer);
  const failure = failureOf(to.connection.post(push()));
  const { streamId } = await to.session.request();
  to.session.headers(streamId, fields as never, { endStream: true });
  expect(await failure).toMatchObject({ name: "FormatError", code: "ERR_APNS_FORMAT", delivery: "unknown" });
  expect(to.connection.state).toBe("active");
});

test("what breaks HTTP/2 itself ends the connection with the right code", async () => {
  await using peer = await ScriptedPeer.listen({ tolerant: true });
  await using to = await connectTo(peer);
  const failure = failureOf(to.connection.post(push()));
  await to.session.request();
  to.session.frame("PUSH_PROMISE", 4, 1, Buffer.from([0, 0, 0, 2]));
  expect(await failure).toMatchObject({ name: "Closed", delivery: "unknown" });
  expect((await failure).cause).toMatchObject({ message: expect.stringContaining("PUSH_PROMISE") });
  expect(await to.session.nextFrame("GOAWAY")).toMatchObject({ code: "PROTOCOL_ERROR" });
});
