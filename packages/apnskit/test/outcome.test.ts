import { Closed, ConnectFailed, InvalidRequest, Response, Timeout } from "@apnskit/pool";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  alert,
  certificate,
  deviceToken,
  type Outcome,
  OutcomeSummary,
  Rejected,
  summarise,
} from "../src/index.ts";
import { type Answer, outcomeOfAnswer, outcomeOfError, type Submission } from "../src/outcome.ts";

const submission: Submission = { token: "00ff", apnsId: "sent-id", attempts: 1, duration: 12.5 };

const answer = (status: number, rest: Partial<Answer> = {}): Answer => ({
  status,
  apnsId: undefined,
  apnsUniqueId: undefined,
  reason: undefined,
  timestamp: undefined,
  ...rest,
});

/** An error as the engine raises it. */
const failure = (properties: Record<string, unknown>) => Object.assign(new Error("broke"), properties);

const survivesJson = (outcome: Outcome) => expect(JSON.parse(JSON.stringify(outcome))).toEqual(outcome);

describe("an answer becomes", () => {
  it("accepted, with the ids of APNs, in lower case", () => {
    const outcome = outcomeOfAnswer(
      answer(200, { apnsId: "F4121B12", apnsUniqueId: "4084a6e4" }),
      submission,
    );
    expect(outcome).toEqual({
      result: "accepted",
      token: "00ff",
      apnsId: "f4121b12",
      uniqueId: "4084a6e4",
      attempts: 1,
      duration: 12.5,
      status: 200,
      tokenIsDead: false,
      retryable: false,
    });
    survivesJson(outcome);
  });

  it("accepted with the id that was sent, when the answer has none", () => {
    expect(outcomeOfAnswer(answer(200), submission).apnsId).toBe("sent-id");
    expect(outcomeOfAnswer(answer(200), { attempts: 1, duration: 0 })).not.toHaveProperty("apnsId");
  });

  it("rejected with reason, timestamp and what they mean for token and retry", () => {
    const outcome = outcomeOfAnswer(
      answer(410, { reason: "Unregistered", timestamp: 1_700_000_000_123 }),
      submission,
    );
    expect(outcome).toEqual({
      result: "rejected",
      token: "00ff",
      apnsId: "sent-id",
      attempts: 1,
      duration: 12.5,
      status: 410,
      reason: "Unregistered",
      message: "the device token is not active for the topic any more",
      advice: "drop-token",
      tokenIsDead: true,
      retryable: false,
      timestamp: 1_700_000_000_123,
    });
    survivesJson(outcome);
  });

  it("rejected under the spelling that APNs used, known or not", () => {
    const rejected = (status: number, reason?: string) =>
      outcomeOfAnswer(answer(status, { reason }), submission);
    expect(rejected(403, "BadEnvironmentKeyIdInToken")).toMatchObject({
      reason: "BadEnvironmentKeyIdInToken",
      advice: "fix-credentials",
    });
    expect(rejected(418, "Teapot")).toMatchObject({ reason: "Teapot", status: 418, retryable: false });
    expect(rejected(502)).toMatchObject({ reason: "HTTP 502", retryable: true });
  });

  it("rejected with a hint, where there is more to say", () => {
    const outcome = outcomeOfAnswer(answer(403, { reason: "ExpiredProviderToken" }), submission, {
      hint: "the clock is wrong",
    });
    expect(outcome).toHaveProperty("message", "the provider token is too old; the clock is wrong");
  });

  it("never an accepted one for a status that is no success", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 599 }),
        fc.option(fc.string(), { nil: undefined }),
        (status, reason) => {
          const outcome = outcomeOfAnswer(answer(status, { reason }), submission);
          expect(outcome.result === "accepted").toBe(status >= 200 && status < 300);
          survivesJson(outcome);
        },
      ),
    );
  });
});

describe("what the engine hands over", () => {
  const response = (status: number, body: string) =>
    new Response(status, [":status", String(status), "apns-id", "F4121B12"], Buffer.from(body));

  it.each<[string, Response, object]>([
    ["an acceptance", response(200, ""), { result: "accepted", apnsId: "f4121b12" }],
    [
      "a rejection",
      response(410, '{"reason":"ExpiredToken","timestamp":1700000000123}'),
      { result: "rejected", reason: "ExpiredToken", timestamp: 1_700_000_000_123, tokenIsDead: true },
    ],
    ["a proxy's page", response(502, "<html>"), { result: "rejected", reason: "HTTP 502", retryable: true }],
    ["no body at all", response(410, ""), { result: "rejected", reason: "HTTP 410", tokenIsDead: true }],
    [
      "JSON without a reason",
      response(400, "[]"),
      { result: "rejected", reason: "HTTP 400", retryable: false },
    ],
  ])("%s is understood", (_, answered, expected) => {
    const outcome = outcomeOfAnswer(answered, submission);
    expect(outcome).toMatchObject(expected);
    survivesJson(outcome);
  });

  it.each<[string, unknown, object]>([
    ["time-out in the queue", new Timeout("timeout", "unsent"), { result: "unsent", retryable: true }],
    ["loss of the connection", new Closed("ECONNRESET", "unknown"), { result: "unknown", retryable: false }],
    ["GOAWAY before submission", new Closed("Shutdown", "unsent"), { result: "unsent", retryable: true }],
    ["end by BadCertificate", new Closed("BadCertificate", "unsent"), { result: "unsent", retryable: false }],
    [
      "refused client certificate",
      new ConnectFailed("client-certificate", "x"),
      { result: "unsent", retryable: false },
    ],
    ["untrusted server", new ConnectFailed("untrusted", "x"), { result: "unsent", retryable: false }],
    ["refused connection", new ConnectFailed("unreachable", "x"), { result: "unsent", retryable: true }],
    ["invalid request", new InvalidRequest("path", "x"), { result: "unsent", retryable: false }],
  ])("a %s keeps its delivery", (_, error, expected) => {
    const outcome = outcomeOfError(error, submission);
    expect(outcome).toMatchObject(expected);
    expect(outcome.error.code).toMatch(/^ERR_APNS_/);
    survivesJson(outcome);
  });
});

describe("an error becomes", () => {
  it("unsent when it says that nothing was sent", () => {
    const outcome = outcomeOfError(failure({ delivery: "unsent", code: "ERR_APNS_TIMEOUT" }), submission);
    expect(outcome).toEqual({
      result: "unsent",
      token: "00ff",
      apnsId: "sent-id",
      attempts: 1,
      duration: 12.5,
      error: { code: "ERR_APNS_TIMEOUT", message: "broke" },
      tokenIsDead: false,
      retryable: true,
    });
    survivesJson(outcome);
  });

  it("unknown when it says that it may have been sent", () => {
    const error = failure({ delivery: "unknown", code: "ERR_APNS_CLOSED" });
    expect(outcomeOfError(error, submission)).toMatchObject({ result: "unknown", retryable: false });
    expect(outcomeOfError(error, { ...submission, idempotent: true })).toMatchObject({
      result: "unknown",
      retryable: true,
    });
  });

  it.each<[string, unknown, string]>([
    ["an error that says nothing", new Error("odd"), "odd"],
    ["a text", "odd", "odd"],
    ["nothing", undefined, "undefined"],
    ["null", null, "null"],
  ])("unknown, for the safe side, when it is %s", (_, error, message) => {
    const outcome = outcomeOfError(error, submission);
    expect(outcome).toMatchObject({
      result: "unknown",
      retryable: false,
      error: { code: "ERR_APNS_UNEXPECTED", message },
    });
    survivesJson(outcome);
  });

  it.each<[string, () => unknown]>([
    ["device token", () => deviceToken("x")],
    ["notification", () => alert({})],
    ["credential", () => certificate({})],
  ])("unsent and not retryable for an invalid %s", (_, attempt) => {
    let error: unknown;
    try {
      attempt();
    } catch (thrown) {
      error = thrown;
    }
    expect(outcomeOfError(error, submission)).toMatchObject({ result: "unsent", retryable: false });
  });
});

describe("Rejected", () => {
  it("carries the outcome and says what happened", () => {
    const outcome = outcomeOfAnswer(answer(400, { reason: "BadDeviceToken" }), submission);
    const error = outcome.result === "rejected" ? new Rejected(outcome) : undefined;
    expect(error).toMatchObject({
      code: "ERR_APNS_REJECTED",
      status: 400,
      reason: "BadDeviceToken",
      tokenIsDead: false,
      retryable: false,
      outcome,
    });
    expect(error?.message).toBe(
      "APNs answered 400 BadDeviceToken: the device token is malformed, or belongs to the other environment",
    );
    expect(error?.message).not.toContain("00ff");
  });
});

describe("a summary", () => {
  const outcomes: Outcome[] = [
    outcomeOfAnswer(answer(200), submission),
    outcomeOfAnswer(answer(200), { ...submission, attempts: 3 }),
    outcomeOfAnswer(answer(400, { reason: "BadTopic" }), submission),
    outcomeOfAnswer(answer(410, { reason: "Unregistered" }), submission),
    outcomeOfAnswer(answer(410, { reason: "Unregistered" }), submission),
    outcomeOfError(failure({ delivery: "unsent", code: "ERR_APNS_TIMEOUT" }), { ...submission, attempts: 0 }),
    outcomeOfError(failure({ delivery: "unknown", code: "ERR_APNS_CLOSED" }), submission),
  ];
  const expected = {
    total: 7,
    accepted: 2,
    rejected: 3,
    unsent: 1,
    unknown: 1,
    retries: 2,
    deadTokens: 2,
    reasons: { Unregistered: 2, BadTopic: 1 },
    errors: { ERR_APNS_TIMEOUT: 1, ERR_APNS_CLOSED: 1 },
  };

  it("counts outcomes of an iterable or an async iterable", async () => {
    expect(await summarise(outcomes)).toEqual(expected);
    const later = async function* () {
      yield* outcomes;
    };
    expect(await summarise(later())).toEqual(expected);
  });

  it("lists the most frequent reason first, and can be asked at any time", () => {
    const summary = new OutcomeSummary();
    expect(summary.counts()).toMatchObject({ total: 0, reasons: {}, errors: {} });
    for (const outcome of outcomes) summary.add(outcome);
    expect(Object.keys(summary.counts().reasons)).toEqual(["Unregistered", "BadTopic"]);
  });

  it("counts 200 reasons and errors apart, and all further ones together: memory is bounded", () => {
    const summary = new OutcomeSummary();
    for (let n = 0; n < 300; n++) {
      summary.add(outcomeOfAnswer(answer(418, { reason: `Invented${n}` }), submission));
      summary.add(outcomeOfError(failure({ delivery: "unsent", code: `E${n}` }), submission));
    }
    summary.add(outcomeOfAnswer(answer(418, { reason: "Invented7" }), submission));
    const { reasons, errors, rejected, unsent } = summary.counts();
    expect([rejected, unsent]).toEqual([301, 300]);
    expect(Object.entries(reasons).slice(0, 2)).toEqual([
      ["other", 100],
      ["Invented7", 2],
    ]);
    expect([Object.keys(reasons).length, Object.keys(errors).length]).toEqual([201, 201]);
    expect([reasons.Invented199, reasons.Invented200, errors.other]).toEqual([1, undefined, 100]);
  });

  it("that was taken stays as it was", () => {
    const summary = new OutcomeSummary();
    summary.add(outcomes[0]!);
    const before = summary.counts();
    summary.add(outcomes[0]!);
    expect([before.accepted, summary.counts().accepted]).toEqual([1, 2]);
  });
});
