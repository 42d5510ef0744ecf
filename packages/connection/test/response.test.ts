import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { FormatError, Response } from "../src/index.ts";

function response(
  status: number,
  body: string | Uint8Array = "",
  fields: string[] = [],
  trailers: string[] = [],
) {
  return new Response(status, [":status", String(status), ...fields], Buffer.from(body), trailers);
}

test.each([
  [200, true],
  [204, true],
  [299, true],
  [199, false],
  [300, false],
  [400, false],
  [503, false],
])("status %i: ok is %s", (status, ok) => {
  expect(response(status).ok).toBe(ok);
});

describe("the reason is read leniently", () => {
  test.each([
    ["as APNs writes it", 400, '{"reason":"BadDeviceToken"}', "BadDeviceToken"],
    ["unknown to us", 400, '{"reason":"Brand New"}', "Brand New"],
    ["among other keys and spaces", 410, ' { "timestamp" : 1, "reason" : "Unregistered" } ', "Unregistered"],
    ["behind a byte order mark", 400, '\ufeff{"reason":"BadTopic"}', "BadTopic"],
    ["no body", 500, "", undefined],
    ["HTML of a proxy", 502, "<html>", undefined],
    ["cut JSON", 400, '{"reason":"Bad', undefined],
    ["a number", 400, '{"reason":7}', undefined],
    ["null", 400, "null", undefined],
    ["a list", 400, '["reason"]', undefined],
    ["text", 400, '"reason"', undefined],
    ["with a status that means success", 200, '{"reason":"BadDeviceToken"}', undefined],
  ])("%s", (_title, status, body, reason) => {
    expect(response(status, body).reason).toBe(reason);
  });

  test("bytes that are no UTF-8 do no harm", () => {
    const broken = response(400, new Uint8Array([0xff, 0xfe, 0x7b]));
    expect(broken.reason).toBeUndefined();
    expect(broken.text()).toContain("\ufffd");
  });
});

test.each([
  ['{"reason":"Unregistered","timestamp":1700000000123}', 1_700_000_000_123],
  ['{"reason":"Unregistered","timestamp":"1700000000123"}', undefined],
  ['{"reason":"Unregistered"}', undefined],
  ["", undefined],
])("the timestamp of %j is %s", (body, timestamp) => {
  expect(response(410, body).timestamp).toBe(timestamp);
});

test("json() parses the body, whatever it holds, or throws a FormatError with the status", () => {
  expect(response(200, "[1]").json()).toEqual([1]);
  expect(() => response(502, "<html>").json()).toThrow(FormatError);
  expect(() => response(502, "<html>").json()).toThrow("status 502");
  expect(() => response(200).json()).toThrow(FormatError);
});

test("headers and trailers: no pseudo-headers, repeated names joined, fresh objects each time", () => {
  const answer = response(
    200,
    "",
    ["apns-id", "A", "apns-unique-id", "U", "x", "1", "x", "2"],
    ["t", "3", "constructor", "c"],
  );
  expect(answer.headers).toEqual({ "apns-id": "A", "apns-unique-id": "U", x: "1, 2" });
  expect(answer.trailers).toEqual({ t: "3", constructor: "c" });
  expect([answer.apnsId, answer.apnsUniqueId, answer.header("x"), answer.header("none")]).toEqual([
    "A",
    "U",
    "1",
    undefined,
  ]);
  answer.headers.x = "changed";
  expect(answer.headers.x).toBe("1, 2");
});

test("no trailers", () => {
  expect(new Response(200, [":status", "200"], new Uint8Array(0)).trailers).toEqual({});
});

describe("text from outside", () => {
  const nasty = "a\u001b[31mb\r\nc\u0085d\u2028e";
  const fields = [":status", "400", "apns-id", nasty, "apns-unique-id", nasty];

  test("apnsId, apnsUniqueId and reason have no control characters", () => {
    const body = new TextEncoder().encode(JSON.stringify({ reason: nasty }));
    const response = new Response(400, fields, body);
    for (const text of [response.apnsId, response.apnsUniqueId, response.reason]) {
      expect(text).toBe("a [31mb c d e");
    }
  });

  test("a reason with an echoed provider token or key shows neither, and is cut", () => {
    const echo = (reason: string) => {
      return new Response(400, [], new TextEncoder().encode(JSON.stringify({ reason }))).reason;
    };
    expect(echo("bad token eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJBIn0.c2ln")).toBe("bad token [token]");
    expect(echo("-----BEGIN PRIVATE KEY-----MIGT")).toBe("[key]");
    expect(echo("x".repeat(40_000))).toHaveLength(200);
    expect(echo("BadDeviceToken")).toBe("BadDeviceToken");
  });

  test("inspection is one line with the status and the reason", () => {
    const body = new TextEncoder().encode('{"reason":"Unregistered"}');
    expect(inspect(new Response(410, fields, body), { showHidden: true, getters: true })).toBe(
      "Response { 410 Unregistered, body 25 bytes }",
    );
    expect(inspect(new Response(200, fields, new Uint8Array(0)))).toBe("Response { 200, body 0 bytes }");
  });
});
