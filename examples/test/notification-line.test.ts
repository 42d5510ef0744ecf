import { describe, expect, test } from "vitest";
import { InvalidLine, parseNotification } from "../demo/notification-line.ts";

const token = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0";

function parse(text: string) {
  return parseNotification(Buffer.from(text));
}

describe("a line of a notifications file", () => {
  test("becomes path, headers and the payload as compact JSON", () => {
    const line = `{"token": "${token}", "headers": {"apns-topic": "com.example.app"}, "payload": {"aps": {"badge": 1}}}`;
    const { path, headers, body } = parse(line);
    expect(path).toBe(`/3/device/${token}`);
    expect(headers).toEqual({ "apns-topic": "com.example.app" });
    expect(Buffer.from(body).toString()).toBe('{"aps":{"badge":1}}');
  });

  test("may have the payload {} and no headers at all", () => {
    expect(Buffer.from(parse(`{"token":"ab","headers":{},"payload":{}}`).body).toString()).toBe("{}");
  });

  test("keeps every character of every script", () => {
    const body = "👩‍👩‍👧‍👦 שלום ‮ e\u0301 \u0000 𠮷";
    const line = JSON.stringify({ token, headers: {}, payload: { body } });
    expect(JSON.parse(Buffer.from(parse(line).body).toString())).toEqual({ body });
  });

  test.each([
    ["not JSON", `{"token":`],
    ["not JSON", "hello"],
    ["line must be a JSON object; received an array", "[]"],
    ["line must be a JSON object; received null", "null"],
    ['unknown key "topic"', `{"token":"ab","headers":{},"payload":{},"topic":"x"}`],
    ["token must be a string; received nothing", `{"headers":{},"payload":{}}`],
    ["token must be a string; received a number", `{"token":12,"headers":{},"payload":{}}`],
    ["hexadecimal (3 characters)", `{"token":"abc","headers":{},"payload":{}}`],
    ["hexadecimal (0 characters)", `{"token":"","headers":{},"payload":{}}`],
    ["hexadecimal (4 characters)", `{"token":"a/..","headers":{},"payload":{}}`],
    ["headers must be a JSON object; received nothing", `{"token":"ab","payload":{}}`],
    [
      "header apns-priority must be a string; received a number",
      `{"token":"ab","headers":{"apns-priority":10},"payload":{}}`,
    ],
    ['header name "Apns-Topic" is not allowed', `{"token":"ab","headers":{"Apns-Topic":"x"},"payload":{}}`],
    ['header name ":path" is not allowed', `{"token":"ab","headers":{":path":"x"},"payload":{}}`],
    [
      "header apns-topic must be printable",
      `{"token":"ab","headers":{"apns-topic":"a\\r\\nb"},"payload":{}}`,
    ],
    ["header apns-topic must be printable", `{"token":"ab","headers":{"apns-topic":""},"payload":{}}`],
    ["payload must be a JSON object; received nothing", `{"token":"ab","headers":{}}`],
    ["payload must be a JSON object; received a string", `{"token":"ab","headers":{},"payload":"{}"}`],
    [
      'payload key "id" holds an integer beyond 2^53',
      `{"token":"ab","headers":{},"payload":{"a":[{"id":12345678901234567890}]}}`,
    ],
  ])("is refused when %s: %s", (reason, line) => {
    expect(() => parse(line)).toThrow(InvalidLine);
    expect(() => parse(line)).toThrow(reason);
  });

  test("is refused when it is not UTF-8", () => {
    expect(() => parseNotification(Buffer.from([0x7b, 0xff, 0x7d]))).toThrow("not UTF-8");
  });

  test("is refused by an error that repeats neither token nor texts", () => {
    const line = `{"token":"${token}x","headers":{},"payload":{"secret":"plans"}}`;
    for (const bad of [line, `${line.slice(0, -2)},`]) {
      let message = "";
      try {
        parse(bad);
      } catch (error) {
        message = String(error);
      }
      expect(message).toMatch(/InvalidLine/);
      expect(message).not.toMatch(/00fc13|plans/);
    }
  });
});
