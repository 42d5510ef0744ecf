import { expect, test } from "vitest";
import * as connection from "../src/index.ts";

test("what the package exports", () => {
  expect(Object.keys(connection).sort()).toMatchSnapshot();
});

test("the errors: name, code, delivery", () => {
  const {
    Aborted,
    Blocked,
    Closed,
    ConnectFailed,
    FormatError,
    PushError,
    ResponseTooLarge,
    StreamReset,
    Timeout,
  } = connection;
  const errors = [
    new Aborted("unknown", "why"),
    new Blocked("full"),
    new Closed("Shutdown", "unsent"),
    new ConnectFailed("dns", "no such host"),
    new FormatError("no JSON"),
    new ResponseTooLarge("too large"),
    new StreamReset(8, "unknown"),
    new Timeout("deadline", "unsent"),
  ];
  expect(
    errors.map((error) => [error.name, error.code, error.delivery, error.message]),
  ).toMatchInlineSnapshot(`
    [
      [
        "AbortError",
        "ERR_APNS_ABORTED",
        "unknown",
        "the request was aborted",
      ],
      [
        "Blocked",
        "ERR_APNS_BLOCKED",
        "unsent",
        "full",
      ],
      [
        "Closed",
        "ERR_APNS_CLOSED",
        "unsent",
        "closed: Shutdown",
      ],
      [
        "ConnectFailed",
        "ERR_APNS_CONNECT",
        "unsent",
        "no such host",
      ],
      [
        "FormatError",
        "ERR_APNS_FORMAT",
        "unknown",
        "no JSON",
      ],
      [
        "ResponseTooLarge",
        "ERR_APNS_RESPONSE_TOO_LARGE",
        "unknown",
        "too large",
      ],
      [
        "StreamReset",
        "ERR_APNS_STREAM_RESET",
        "unknown",
        "stream reset by the server: CANCEL",
      ],
      [
        "Timeout",
        "ERR_APNS_TIMEOUT",
        "unsent",
        "the request's deadline has passed",
      ],
    ]
  `);
  for (const error of errors) {
    expect(error).toBeInstanceOf(PushError);
    expect(error).toBeInstanceOf(Error);
  }
});
