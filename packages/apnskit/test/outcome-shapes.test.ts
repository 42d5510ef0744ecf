import { Closed, ConnectFailed, Timeout } from "@apnskit/pool";
import { describe, expect, it } from "vitest";
import {
  type Answer,
  type Hints,
  outcomeOfAnswer,
  outcomeOfError,
  outcomeOfMistake,
  type Submission,
} from "../src/outcome.ts";

const answer = (status: number, rest: Partial<Answer> = {}): Answer => ({
  status,
  apnsId: undefined,
  apnsUniqueId: undefined,
  reason: undefined,
  timestamp: undefined,
  ...rest,
});

const bare: Submission = { attempts: 1, duration: 2 };
const whole: Submission = { token: "00ff", given: "00FF", index: 7, apnsId: "id", attempts: 1, duration: 2 };
const known = { token: "00ff", apnsId: "id", attempts: 1, duration: 2 };
const accepted = {
  result: "accepted",
  attempts: 1,
  duration: 2,
  status: 200,
  tokenIsDead: false,
  retryable: false,
};

// `toStrictEqual` tells a field that is absent from one that is undefined: JSON must not change an outcome.
describe("an acceptance has the fields that are known, and no others", () => {
  it.each<[string, Partial<Answer>, Submission, object]>([
    ["none", {}, bare, {}],
    ["a token alone", {}, { ...bare, token: "00ff" }, { token: "00ff" }],
    [
      "an id alone, as of a broadcast",
      { apnsId: "ID", apnsUniqueId: "u" },
      bare,
      { apnsId: "id", uniqueId: "u" },
    ],
    ["token and id", {}, known, { token: "00ff", apnsId: "id" }],
    ["and a place", {}, { ...known, index: 0 }, { token: "00ff", apnsId: "id", index: 0 }],
    [
      "everything",
      { apnsUniqueId: "u" },
      whole,
      { token: "00ff", given: "00FF", index: 7, apnsId: "id", uniqueId: "u" },
    ],
    [
      "everything but an id",
      {},
      { ...bare, token: "00ff", given: "00FF", index: 7 },
      { token: "00ff", given: "00FF", index: 7 },
    ],
  ])("%s", (_, answered, submission, expected) => {
    expect(outcomeOfAnswer(answer(200, answered), submission)).toStrictEqual({ ...accepted, ...expected });
  });

  it("for any 2xx, and for no other status", () => {
    const results = [199, 200, 299, 300].map((status) => outcomeOfAnswer(answer(status), bare).result);
    expect(results).toEqual(["rejected", "accepted", "accepted", "rejected"]);
  });
});

describe("a rejection has the fields that are known, and no others", () => {
  const rejected = {
    result: "rejected",
    attempts: 1,
    duration: 2,
    status: 503,
    reason: "ServiceUnavailable",
    message: "APNs is not available",
    advice: "later",
    tokenIsDead: false,
    retryable: true,
  };
  const of = (submission: Submission, rest: Partial<Answer> = {}) =>
    outcomeOfAnswer(answer(503, { reason: "ServiceUnavailable", ...rest }), submission);

  it("none", () => {
    expect(of(bare)).toStrictEqual(rejected);
    expect(of({ ...bare, maybeDelivered: false, expired: false })).toStrictEqual(rejected);
  });

  it("everything", () => {
    expect(of({ ...whole, maybeDelivered: true }, { timestamp: 5, apnsUniqueId: "u" })).toStrictEqual({
      ...rejected,
      token: "00ff",
      given: "00FF",
      index: 7,
      apnsId: "id",
      uniqueId: "u",
      timestamp: 5,
      maybeDelivered: true,
    });
  });

  it("is not retryable once it has expired", () => {
    expect(of({ ...bare, expired: true }).retryable).toBe(false);
    expect(of({ ...bare, expired: false }).retryable).toBe(true);
  });

  it.each<[string, string, Hints, object]>([
    ["BadDeviceToken", "of unknown tokens", {}, { tokenIsDead: false, advice: "check-environment" }],
    [
      "BadDeviceToken",
      "of tokens that fit",
      { tokensFit: true },
      { tokenIsDead: true, advice: "drop-token" },
    ],
    ["BadTopic", "of tokens that fit", { tokensFit: true }, { tokenIsDead: false, advice: "fix-request" }],
    ["Unregistered", "of unknown tokens", {}, { tokenIsDead: true, advice: "drop-token" }],
  ])("%s %s", (reason, _, hints, expected) => {
    expect(outcomeOfAnswer(answer(400, { reason }), bare, hints)).toMatchObject(expected);
  });

  it("whose reason holds nothing that can be shown has the name of its status", () => {
    expect(outcomeOfAnswer(answer(418, { reason: "" }), bare)).toHaveProperty("reason", "");
  });
});

describe("an error has the fields that are known, and no others", () => {
  it("none", () => {
    expect(outcomeOfError(new Closed("gone", "unsent"), bare)).toStrictEqual({
      result: "unsent",
      attempts: 1,
      duration: 2,
      error: { code: "ERR_APNS_CLOSED", message: "closed: gone" },
      tokenIsDead: false,
      retryable: true,
    });
  });

  it("everything", () => {
    const cause = new ConnectFailed("dns", "no such host");
    expect(outcomeOfError(new Timeout("timeout", "unknown", { cause }), whole, "in-flight")).toStrictEqual({
      result: "unknown",
      ...known,
      given: "00FF",
      index: 7,
      error: {
        code: "ERR_APNS_TIMEOUT",
        message: "the request's timeout has passed",
        phase: "in-flight",
        deadlineSource: "timeout",
        cause: { code: "ERR_APNS_CONNECT", message: "no such host", failure: "dns" },
      },
      tokenIsDead: false,
      retryable: false,
    });
  });

  it("with three causes within each other, and no more", () => {
    const chain = ["e", "d", "c", "b", "a"].reduce<Error | undefined>(
      (cause, message) => new Error(message, { cause }),
      undefined,
    );
    const code = "ERR_APNS_UNEXPECTED";
    const { error } = outcomeOfError(chain, bare);
    const third = { code, message: "d" };
    expect(error).toStrictEqual({
      code,
      message: "a",
      cause: { code, message: "b", cause: { code, message: "c", cause: third } },
    });
  });

  it("is not retryable once it has expired, unsent or unknown", () => {
    for (const expired of [true, false]) {
      const submission = { ...bare, expired, idempotent: true };
      expect(outcomeOfError(new Closed("gone", "unsent"), submission).retryable).toBe(!expired);
      expect(outcomeOfError(new Closed("gone", "unknown"), submission).retryable).toBe(!expired);
    }
  });

  const unsent = (properties: object) =>
    Object.assign(new Error("broke"), { delivery: "unsent", ...properties });
  it.each<[string, unknown, boolean]>([
    ["the expiration has passed", new Timeout("expiration", "unsent"), false],
    ["the deadline of the call has passed", new Timeout("deadline", "unsent"), false],
    ["the request is too large", unsent({ code: "ERR_APNS_REQUEST_TOO_LARGE" }), false],
    ["the server speaks no HTTP/2", new ConnectFailed("alpn", "x"), false],
    ["the server is not trusted", new ConnectFailed("untrusted", "x"), false],
    ["the certificate is refused", new ConnectFailed("client-certificate", "x"), false],
    ["the host is not found", new ConnectFailed("dns", "x"), true],
    [
      "its time ran out while the server was not trusted",
      new Timeout("timeout", "unsent", { cause: new ConnectFailed("untrusted", "x") }),
      false,
    ],
    [
      "its time ran out while nobody listened",
      new Timeout("timeout", "unsent", { cause: new ConnectFailed("unreachable", "x") }),
      true,
    ],
    ["APNs closed for a reason that stays", new Closed("BadCertificate", "unsent"), false],
    ["APNs closed for a reason that passes", new Closed("Shutdown", "unsent"), true],
    ["the connection was lost for a reason of the socket", new Closed("ECONNRESET", "unsent"), true],
    ["the reason is no text", unsent({ reason: 7 }), true],
  ])("unsent since %s", (_, error, retryable) => {
    expect(outcomeOfError(error, bare)).toMatchObject({ result: "unsent", retryable });
  });
});

describe("a notification that was not even handed over is unsent", () => {
  it("and not retryable, when the error does not say what became of it", () => {
    expect(outcomeOfMistake(new RangeError("odd"), { ...bare, token: "00ff" })).toStrictEqual({
      result: "unsent",
      token: "00ff",
      attempts: 1,
      duration: 2,
      error: { code: "ERR_APNS_UNEXPECTED", message: "odd" },
      tokenIsDead: false,
      retryable: false,
    });
  });

  it("as the error says, when it does", () => {
    expect(outcomeOfMistake(new Closed("close", "unsent"), bare)).toMatchObject({
      result: "unsent",
      retryable: true,
    });
  });
});
