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
import {
  type AttemptResult,
  type ConnectionDecision,
  decide,
  decideStanding,
  type History,
  MAX_LOSSES,
  MAX_TIMEOUTS,
  type RequestDecision,
  type RetryPolicy,
  refusesCredentials,
  type Standing,
} from "../src/retry-policy.ts";

const policy: RetryPolicy = {
  backoff: { minDelay: 100, maxDelay: 1_000, factor: 2 },
  maxInternalServerErrors: 3,
  random: () => 1,
};
const firstTime: History = { idempotent: false, resends: 0, pauses: 0, losses: 0, timeLeft: Infinity };
const good: Standing = { errorsInARow: 0, timeoutsInARow: 0, isWornOut: false };

type Action = RequestDecision["action"];

function actionFor(result: AttemptResult, idempotent: boolean, resends: number): Action {
  return decide(result, { ...firstTime, idempotent, resends }, good, policy).request.action;
}

function forConnection(result: AttemptResult): ConnectionDecision {
  return decide(result, firstTime, good, policy).connection;
}

function answer(status: number, reason?: string): Response {
  const body = reason === undefined ? "" : JSON.stringify({ reason });
  return new Response(status, [], Buffer.from(body));
}

/** What is done the first time, with a request that may not be sent twice, and whether either of these matters. */
const answers: readonly [
  status: number,
  reason: string | undefined,
  first: Action,
  later: Action,
  ConnectionDecision,
][] = [
  [200, undefined, "settle", "settle", "keep"],
  [201, undefined, "settle", "settle", "keep"],
  [204, undefined, "settle", "settle", "keep"],
  [302, undefined, "settle", "settle", "keep"],
  [400, undefined, "settle", "settle", "keep"],
  [400, "BadDeviceToken", "settle", "settle", "keep"],
  [400, "DeviceTokenNotForTopic", "settle", "settle", "keep"],
  [400, "PayloadEmpty", "settle", "settle", "keep"],
  [400, "IdleTimeout", "resend", "after", "stop"],
  [403, "BadCertificate", "settle", "settle", "terminate"],
  [403, "BadCertificateEnvironment", "settle", "settle", "terminate"],
  [403, "ExpiredProviderToken", "settle", "settle", "stop"],
  [403, "InvalidProviderToken", "settle", "settle", "keep"],
  [403, "MissingProviderToken", "settle", "settle", "keep"],
  [403, "Forbidden", "settle", "settle", "keep"],
  [403, undefined, "settle", "settle", "keep"],
  [404, "BadPath", "settle", "settle", "keep"],
  [405, "MethodNotAllowed", "settle", "settle", "keep"],
  [410, "Unregistered", "settle", "settle", "keep"],
  [410, "ExpiredToken", "settle", "settle", "keep"],
  [413, "PayloadTooLarge", "settle", "settle", "keep"],
  [429, "TooManyRequests", "after", "after", "keep"],
  [429, "SomethingNew", "after", "after", "keep"],
  [429, undefined, "after", "after", "keep"],
  [429, "TooManyProviderTokenUpdates", "settle", "settle", "keep"],
  [500, "InternalServerError", "after", "after", "keep"],
  [500, undefined, "after", "after", "keep"],
  [502, undefined, "settle", "settle", "keep"],
  [503, "ServiceUnavailable", "after", "after", "keep"],
  [503, undefined, "after", "after", "keep"],
  [503, "Shutdown", "resend", "after", "stop"],
  [504, undefined, "settle", "settle", "keep"],
  [418, "SomethingNew", "settle", "settle", "keep"],
];

describe("an answer", () => {
  for (const [status, reason, first, later, connection] of answers) {
    test(`${status} ${reason ?? "without a reason"}: ${first === later ? first : `${first}, then ${later}`}; connection ${connection}`, () => {
      const outcome = answer(status, reason);
      for (const idempotent of [false, true]) {
        expect(actionFor(outcome, idempotent, 0)).toBe(first);
        for (const resends of [1, 2, 50]) expect(actionFor(outcome, idempotent, resends)).toBe(later);
      }
      expect(forConnection(outcome)).toBe(connection);
    });
  }

  test("whose body is no JSON has no reason, and its status decides", () => {
    const outcome = new Response(503, [], Buffer.from("<html>Shutdown</html>"));
    expect(actionFor(outcome, false, 0)).toBe("after");
    expect(forConnection(outcome)).toBe("keep");
  });
});

describe("an error", () => {
  test("Blocked, unsent: another attempt at once, then after a pause", () => {
    const error = new Blocked("full");
    for (const idempotent of [false, true]) {
      expect(actionFor(error, idempotent, 0)).toBe("resend");
      expect(actionFor(error, idempotent, 1)).toBe("after");
    }
    expect(forConnection(error)).toBe("keep");
  });

  test("StreamReset, unsent: at once the first time, after a delay when it repeats", () => {
    const refused = new StreamReset(ErrorCode.REFUSED_STREAM, "unsent");
    for (const idempotent of [false, true]) {
      expect(actionFor(refused, idempotent, 0)).toBe("resend");
      for (const resends of [1, 2, 50]) expect(actionFor(refused, idempotent, resends)).toBe("after");
    }
  });

  test("Closed, unsent: at once, however often: what holds it back is the next connection", () => {
    const closed = new Closed("Shutdown", "unsent");
    for (const idempotent of [false, true]) {
      for (const resends of [0, 1, 2, 50]) expect(actionFor(closed, idempotent, resends)).toBe("resend");
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
        expect(actionFor(error, false, resends)).toBe("settle");
        expect(actionFor(error, true, resends)).toBe("after");
      }
    });
  }

  const final: readonly PushError[] = [
    new Timeout("timeout", "unsent"),
    new Timeout("expiration", "unknown"),
    new Aborted("unsent", undefined),
    new Aborted("unknown", undefined),
    new ResponseTooLarge("body"),
    new FormatError("malformed"),
    new ConnectFailed("dns", "no such host"),
  ];
  for (const error of final) {
    test(`${error.name}, ${error.delivery}: final`, () => {
      for (const idempotent of [false, true]) {
        for (const resends of [0, 1]) expect(actionFor(error, idempotent, resends)).toBe("settle");
      }
      expect(forConnection(error)).toBe("keep");
    });
  }

  test("ENHANCE_YOUR_CALM says that the connection is of no use, no other reset does", () => {
    for (const [name, code] of Object.entries(ErrorCode)) {
      const expected = name === "ENHANCE_YOUR_CALM" ? "stop" : "keep";
      expect([name, forConnection(new StreamReset(code, "unknown"))]).toEqual([name, expected]);
    }
  });

  test("a lost connection has said for itself that it is lost", () => {
    expect(forConnection(new Closed("ECONNRESET", "unknown"))).toBe("keep");
  });
});

test("two reasons say that no connection with these credentials is of use", () => {
  expect(refusesCredentials("BadCertificate")).toBe(true);
  expect(refusesCredentials("BadCertificateEnvironment")).toBe(true);
  for (const reason of [undefined, "", "badcertificate", "Shutdown", "ExpiredProviderToken", "Forbidden"]) {
    expect([reason, refusesCredentials(reason)]).toEqual([reason, false]);
  }
});

describe("a wait", () => {
  const busy = answer(503, "ServiceUnavailable");

  test("grows with each pause, up to its cap", () => {
    const delays = [0, 1, 2, 3, 4, 5].map((pauses) => {
      const { request } = decide(busy, { ...firstTime, pauses }, good, policy);
      return request.action === "after" && request.delay;
    });
    expect(delays).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  test("that does not fit into the time left ends the request", () => {
    const within = (timeLeft: number) =>
      decide(busy, { ...firstTime, timeLeft }, good, policy).request.action;
    expect([within(100.1), within(100), within(99), within(0), within(-5)]).toEqual([
      "after",
      "expire",
      "expire",
      "expire",
      "expire",
    ]);
  });
});

describe("the owner of the credentials", () => {
  const expired = answer(403, "ExpiredProviderToken");

  test("decides instead of the table about the request, and the table about the connection", () => {
    const decision = decide(expired, firstTime, good, policy, { request: { action: "resend" } });
    expect(decision).toEqual({ request: { action: "resend" }, connection: "stop" });
  });

  test("may let a connection go that the table keeps", () => {
    const advice = { request: { action: "resend" }, connection: "stop" } as const;
    expect(decide(answer(400, "TopicDisallowed"), firstTime, good, policy, advice).connection).toBe("stop");
  });

  test("cannot wait beyond the deadline", () => {
    const advice = { request: { action: "after", delay: 500 } } as const;
    const within = (timeLeft: number) =>
      decide(answer(429), { ...firstTime, timeLeft }, good, policy, advice).request.action;
    expect([within(501), within(500)]).toEqual(["after", "expire"]);
  });
});

test("a request under which connections were lost before is not sent again, idempotent or not", () => {
  const lost = new Closed("ECONNRESET", "unknown");
  const after = (losses: number) =>
    decide(lost, { ...firstTime, idempotent: true, losses }, good, policy).request.action;
  expect(MAX_LOSSES).toBe(2);
  expect([after(1), after(2), after(3)]).toEqual(["after", "settle", "settle"]);
});

describe("a connection is replaced", () => {
  const standing = (changes: Partial<Standing>) => decideStanding({ ...good, ...changes }, policy);

  test("after answers with status 500 in a row", () => {
    expect([2, 3, 4].map((errorsInARow) => standing({ errorsInARow }))).toEqual(["keep", "retire", "retire"]);
  });

  test("after requests in a row that timed out", () => {
    expect(MAX_TIMEOUTS).toBe(3);
    expect([2, 3].map((timeoutsInARow) => standing({ timeoutsInARow }))).toEqual(["keep", "retire"]);
  });

  test("when it is worn out", () => {
    expect(standing({ isWornOut: true })).toBe("retire");
  });
});
