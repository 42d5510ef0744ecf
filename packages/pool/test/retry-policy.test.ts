import {
  Aborted,
  Blocked,
  Closed,
  ConnectFailed,
  FormatError,
  type PushError,
  Response,
  ResponseTooLarge,
  StreamReset,
  Timeout,
} from "@apnskit/connection";
import { ErrorCode } from "@apnskit/http2";
import { describe, expect, test } from "vitest";
import { type Diagnosis, decide, diagnose, refusesCredentials, type Verdict } from "../src/retry-policy.ts";

function answer(status: number, reason?: string): Response {
  const body = reason === undefined ? "" : JSON.stringify({ reason });
  return new Response(status, [], Buffer.from(body));
}

/** What is done the first time, with a request that may not be sent twice, and whether either of these matters. */
const answers: readonly [
  status: number,
  reason: string | undefined,
  first: Verdict,
  later: Verdict,
  Diagnosis,
][] = [
  [200, undefined, "settle", "settle", "healthy"],
  [201, undefined, "settle", "settle", "healthy"],
  [204, undefined, "settle", "settle", "healthy"],
  [302, undefined, "settle", "settle", "healthy"],
  [400, undefined, "settle", "settle", "healthy"],
  [400, "BadDeviceToken", "settle", "settle", "healthy"],
  [400, "DeviceTokenNotForTopic", "settle", "settle", "healthy"],
  [400, "PayloadEmpty", "settle", "settle", "healthy"],
  [400, "IdleTimeout", "resend", "back-off", "unusable"],
  [403, "BadCertificate", "settle", "settle", "credentials-refused"],
  [403, "BadCertificateEnvironment", "settle", "settle", "credentials-refused"],
  [403, "ExpiredProviderToken", "settle", "settle", "unusable"],
  [403, "InvalidProviderToken", "settle", "settle", "healthy"],
  [403, "MissingProviderToken", "settle", "settle", "healthy"],
  [403, "Forbidden", "settle", "settle", "healthy"],
  [403, undefined, "settle", "settle", "healthy"],
  [404, "BadPath", "settle", "settle", "healthy"],
  [405, "MethodNotAllowed", "settle", "settle", "healthy"],
  [410, "Unregistered", "settle", "settle", "healthy"],
  [410, "ExpiredToken", "settle", "settle", "healthy"],
  [413, "PayloadTooLarge", "settle", "settle", "healthy"],
  [429, "TooManyRequests", "back-off", "back-off", "healthy"],
  [429, "SomethingNew", "back-off", "back-off", "healthy"],
  [429, undefined, "back-off", "back-off", "healthy"],
  [429, "TooManyProviderTokenUpdates", "settle", "settle", "healthy"],
  [500, "InternalServerError", "back-off", "back-off", "suspect"],
  [500, undefined, "back-off", "back-off", "suspect"],
  [502, undefined, "settle", "settle", "healthy"],
  [503, "ServiceUnavailable", "back-off", "back-off", "healthy"],
  [503, undefined, "back-off", "back-off", "healthy"],
  [503, "Shutdown", "resend", "back-off", "unusable"],
  [504, undefined, "settle", "settle", "healthy"],
  [418, "SomethingNew", "settle", "settle", "healthy"],
];

describe("an answer", () => {
  for (const [status, reason, first, later, diagnosis] of answers) {
    test(`${status} ${reason ?? "without a reason"}: ${first === later ? first : `${first}, then ${later}`}; connection ${diagnosis}`, () => {
      const outcome = answer(status, reason);
      for (const idempotent of [false, true]) {
        expect(decide(outcome, idempotent, 0)).toBe(first);
        for (const resends of [1, 2, 50]) expect(decide(outcome, idempotent, resends)).toBe(later);
      }
      expect(diagnose(outcome)).toBe(diagnosis);
    });
  }

  test("whose body is no JSON has no reason, and its status decides", () => {
    const outcome = new Response(503, [], Buffer.from("<html>Shutdown</html>"));
    expect(decide(outcome, false, 0)).toBe("back-off");
    expect(diagnose(outcome)).toBe("healthy");
  });
});

describe("an error", () => {
  test("StreamReset, unsent: at once the first time, after a delay when it repeats", () => {
    const refused = new StreamReset(ErrorCode.REFUSED_STREAM, "unsent");
    for (const idempotent of [false, true]) {
      expect(decide(refused, idempotent, 0)).toBe("resend");
      for (const resends of [1, 2, 50]) expect(decide(refused, idempotent, resends)).toBe("back-off");
    }
  });

  test("Closed, unsent: at once, however often: what holds it back is the next connection", () => {
    const closed = new Closed("Shutdown", "unsent");
    for (const idempotent of [false, true]) {
      for (const resends of [0, 1, 2, 50]) expect(decide(closed, idempotent, resends)).toBe("resend");
    }
  });

  const codes = Object.entries(ErrorCode).filter(([name]) => name !== "REFUSED_STREAM");
  const unknown: readonly PushError[] = [
    new Closed("ECONNRESET", "unknown"),
    // Refused after the answer had begun.
    new StreamReset(ErrorCode.REFUSED_STREAM, "unknown"),
    ...codes.map(([, code]) => new StreamReset(code, "unknown")),
  ];
  for (const error of unknown) {
    test(`${error.message}, unknown: again only if the request is idempotent, and never at once`, () => {
      for (const resends of [0, 1, 2, 50]) {
        expect(decide(error, false, resends)).toBe("settle");
        expect(decide(error, true, resends)).toBe("back-off");
      }
    });
  }

  const final: readonly PushError[] = [
    new Timeout("timeout", "unsent"),
    new Timeout("expiration", "unknown"),
    new Aborted("unsent", undefined),
    new Aborted("unknown", undefined),
    new Blocked("full"),
    new ResponseTooLarge("body"),
    new FormatError("malformed"),
    new ConnectFailed("dns", "no such host"),
  ];
  for (const error of final) {
    test(`${error.name}, ${error.delivery}: final`, () => {
      for (const idempotent of [false, true]) {
        for (const resends of [0, 1]) expect(decide(error, idempotent, resends)).toBe("settle");
      }
      expect(diagnose(error)).toBe("healthy");
    });
  }

  test("ENHANCE_YOUR_CALM says that the connection is of no use, no other reset does", () => {
    for (const [name, code] of Object.entries(ErrorCode)) {
      const expected = name === "ENHANCE_YOUR_CALM" ? "unusable" : "healthy";
      expect([name, diagnose(new StreamReset(code, "unknown"))]).toEqual([name, expected]);
    }
  });

  test("a lost connection has said for itself that it is lost", () => {
    expect(diagnose(new Closed("ECONNRESET", "unknown"))).toBe("healthy");
  });
});

test("two reasons say that no connection with these credentials is of use", () => {
  expect(refusesCredentials("BadCertificate")).toBe(true);
  expect(refusesCredentials("BadCertificateEnvironment")).toBe(true);
  for (const reason of [undefined, "", "badcertificate", "Shutdown", "ExpiredProviderToken", "Forbidden"]) {
    expect([reason, refusesCredentials(reason)]).toEqual([reason, false]);
  }
});
