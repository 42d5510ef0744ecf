import { describe, expect, test } from "vitest";
import { InvalidOption } from "../src/index.ts";
import { parseOrigin } from "../src/internal.ts";

test.each([
  [
    "https://api.push.apple.com",
    "https://api.push.apple.com",
    "api.push.apple.com",
    443,
    "api.push.apple.com",
  ],
  [
    "https://api.push.apple.com/",
    "https://api.push.apple.com",
    "api.push.apple.com",
    443,
    "api.push.apple.com",
  ],
  [
    "https://api.push.apple.com:443",
    "https://api.push.apple.com",
    "api.push.apple.com",
    443,
    "api.push.apple.com",
  ],
  [
    "https://api.push.apple.com:2197",
    "https://api.push.apple.com:2197",
    "api.push.apple.com",
    2197,
    "api.push.apple.com:2197",
  ],
  ["HTTPS://LOCALHOST:1", "https://localhost:1", "localhost", 1, "localhost:1"],
  [
    "https://bücher.example",
    "https://xn--bcher-kva.example",
    "xn--bcher-kva.example",
    443,
    "xn--bcher-kva.example",
  ],
])("%s", (text, href, host, port, authority) => {
  expect(parseOrigin(text)).toEqual({ href, host, port, authority, servername: host });
  expect(parseOrigin(new URL(text))).toEqual(parseOrigin(text));
});

test.each([
  ["https://127.0.0.1:8443", "127.0.0.1", "127.0.0.1:8443"],
  ["https://[::1]:8443", "::1", "[::1]:8443"],
])("%s: an address gets no SNI", (text, host, authority) => {
  expect(parseOrigin(text)).toMatchObject({ host, port: 8443, authority, servername: undefined });
});

describe("refused, with the option's name", () => {
  test.each([
    [""],
    ["api.push.apple.com"],
    ["http://api.push.apple.com"],
    ["ftp://x"],
    ["https://"],
    ["https://x:99999"],
    ["https://x/3/device"],
    ["https://x?a=1"],
    ["https://x#a"],
    ["https://user@x"],
    [undefined],
    [5],
    [null],
  ] as unknown[][])("%o", (text) => {
    expect(() => parseOrigin(text as string)).toThrow(InvalidOption);
    expect(() => parseOrigin(text as string)).toThrow(/^origin must be /);
  });

  test.each([
    "https://user:hunter2@x",
    "http://user:hunter2@x",
    "https://user:hunter2@x:y",
    "user:hunter2@x",
  ])("a password is not repeated: %s", (text) => {
    expect(() => parseOrigin(text)).toThrow(InvalidOption);
    expect(() => parseOrigin(text)).not.toThrow(/hunter2/);
  });
});
