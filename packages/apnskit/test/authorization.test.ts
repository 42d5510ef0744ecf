import { guardLogger } from "@apnskit/connection/internal";
import { type Occasion, Response } from "@apnskit/pool";
import { clientCertificate, ManualClock } from "@apnskit/testkit";
import { describe, expect, it } from "vitest";
import { Authorization, type TokenRenewal } from "../src/client/authorization.ts";
import { certificate, ProviderTokenRejected, providerToken } from "../src/index.ts";
import { MINUTE } from "./kit/durations.ts";
import { p8 } from "./kit/p8.ts";

const occasion: Occasion = {
  attempts: 1,
  maybeDelivered: false,
  idempotent: false,
  pauses: 0,
  connectionOpenedAt: 0,
};

function answer(status: number, reason: string, date?: string): Response {
  const fields = [":status", String(status), ...(date === undefined ? [] : ["date", date])];
  return new Response(status, fields, Buffer.from(JSON.stringify({ reason })));
}

const expired = answer(403, "ExpiredProviderToken");
const tooMany = answer(429, "TooManyProviderTokenUpdates");

function bench(random = 1) {
  const clock = new ManualClock();
  const auth = providerToken({ key: p8(), keyId: "ABC123DEFG", teamId: "DEF123GHIJ", clock });
  const renewals: TokenRenewal[] = [];
  const lines: [level: string, fields: object, message: string][] = [];
  const write = (level: string) => (fields: object, message: string) =>
    void lines.push([level, fields, message]);
  const logger = guardLogger({ info: write("info"), warn: write("warn"), error: write("error") });
  const authorization = new Authorization({
    auth,
    random: () => random,
    logger,
    onRenewal: (renewal) => renewals.push(renewal),
  });
  return { clock, auth, authorization, renewals, lines };
}

describe("the provider token to show", () => {
  it("is the first one without a word, and the same until it has reached its age", () => {
    const { clock, authorization, renewals, lines } = bench();
    const first = authorization.last!;
    expect(authorization.current()).toBe(first);
    clock.advance(50 * MINUTE - 1);
    expect(authorization.current()).toBe(first);
    expect([renewals, lines]).toEqual([[], []]);
  });

  it("is a new one at its age, which is told of once, and `last` does not sign", () => {
    const { clock, authorization, renewals, lines } = bench();
    const first = authorization.current();
    clock.advance(50 * MINUTE);
    expect(authorization.last).toBe(first);
    const second = authorization.current();
    expect(second).not.toBe(first);
    expect([authorization.last, authorization.current()]).toEqual([second, second]);
    const renewal = { keyId: "ABC123DEFG", teamId: "DEF123GHIJ", generation: 2, cause: "schedule" };
    expect(renewals).toEqual([renewal]);
    expect(lines).toEqual([["info", renewal, "provider token renewed"]]);
  });

  it("is none with a certificate, whose answers are the retry table's", async () => {
    const auth = certificate(await clientCertificate());
    const logger = guardLogger(undefined);
    const authorization = new Authorization({ auth, random: () => 1, logger, onRenewal: () => {} });
    expect([authorization.last, authorization.current()]).toEqual([undefined, undefined]);
    expect(authorization.refusal(expired, undefined, occasion)).toBeUndefined();
    expect(authorization.refusal(tooMany, undefined, occasion)).toBeUndefined();
  });
});

describe("an answer that calls the provider token expired", () => {
  it("renews it once, however many carried it, and each is sent again at once", () => {
    const { authorization, renewals, lines } = bench();
    const token = authorization.current()!;
    for (let i = 0; i < 3; i++) {
      expect(authorization.refusal(expired, token, occasion)).toEqual({
        advice: { request: { action: "resend" } },
      });
    }
    expect(renewals.map(({ generation, cause }) => [generation, cause])).toEqual([[2, "rejection"]]);
    expect(lines.map(([level, , message]) => [level, message])).toEqual([
      ["warn", "provider token renewed: APNs called it expired"],
    ]);
    expect(authorization.last?.generation).toBe(2);
  });

  it("just after its renewal is final, and one error line however often it comes", () => {
    const { clock, authorization, renewals, lines } = bench();
    authorization.refusal(expired, authorization.current()!, occasion);
    const second = authorization.current()!;
    const late = answer(403, "ExpiredProviderToken", new Date(clock.epoch() + 2 * 60 * MINUTE).toUTCString());
    for (let i = 0; i < 3; i++) {
      const refusal = authorization.refusal(late, second, occasion)!;
      expect(refusal.advice).toEqual({ request: { action: "settle" } });
      expect(refusal.error).toBeInstanceOf(ProviderTokenRejected);
      expect(refusal.error?.clockSkew).toBe(-2 * 60 * MINUTE);
    }
    expect(renewals).toHaveLength(1);
    expect(lines.filter(([level]) => level === "error")).toEqual([
      ["error", { clockSkew: -2 * 60 * MINUTE }, expect.stringContaining("renewing it did not help")],
    ]);
    // A later token that meets the same end is told of again.
    clock.advance(20 * MINUTE);
    authorization.refusal(late, second, occasion);
    authorization.refusal(late, authorization.current()!, occasion);
    expect(lines.filter(([level]) => level === "error")).toHaveLength(2);
  });
});

describe("an answer that calls the provider token invalid", () => {
  const at = (epoch: number, status = 403, reason = "InvalidProviderToken") =>
    answer(status, reason, new Date(epoch).toUTCString());

  it("from a clock that was ahead, and has been set right since, renews it", () => {
    const { clock, authorization, renewals } = bench();
    const token = authorization.current()!;
    clock.jumpEpoch(-2 * 60 * MINUTE);
    const refusal = authorization.refusal(at(clock.epoch()), token, occasion);
    expect(refusal).toEqual({ advice: { request: { action: "resend" } } });
    expect(renewals.map(({ generation, cause }) => [generation, cause])).toEqual([[2, "rejection"]]);
  });

  it("from a clock that is ahead is final, and one error line names the clock", () => {
    const { clock, authorization, lines } = bench();
    const token = authorization.current()!;
    const refusal = authorization.refusal(at(clock.epoch() - 2 * 60 * MINUTE), token, occasion)!;
    expect(refusal.advice).toEqual({ request: { action: "settle" } });
    expect(refusal.error?.clockSkew).toBe(2 * 60 * MINUTE);
    expect(lines.map(([level]) => level)).toEqual(["error"]);
  });

  it("is the retry table's where the clock is right, and with another status or reason", () => {
    const { clock, authorization, lines } = bench();
    const token = authorization.current()!;
    const early = clock.epoch() - 2 * 60 * MINUTE;
    for (const response of [at(clock.epoch()), at(early, 400), at(early, 403, "MissingProviderToken")]) {
      expect(authorization.refusal(response, token, occasion)).toBeUndefined();
    }
    expect(lines).toEqual([]);
  });
});

describe("an answer that calls provider tokens too many", () => {
  it("has the request sent again after growing waits, of which half is random, up to 30 s", () => {
    const delays = (random: number) => {
      const { authorization } = bench(random);
      const token = authorization.current()!;
      return [0, 1, 2, 5, 6, 50].map((pauses) => {
        const refusal = authorization.refusal(tooMany, token, { ...occasion, pauses })!;
        expect(refusal.error).toBeUndefined();
        expect(refusal.advice.request.action).toBe("after");
        return (refusal.advice.request as { delay: number }).delay;
      });
    };
    expect(delays(1)).toEqual([500, 1_000, 2_000, 16_000, 30_000, 30_000]);
    expect(delays(0)).toEqual([250, 500, 1_000, 8_000, 15_000, 15_000]);
  });
});

it.each([
  answer(403, "InvalidProviderToken"),
  answer(429, "TooManyRequests"),
  answer(429, "ExpiredProviderToken"),
  answer(403, "TooManyProviderTokenUpdates"),
  answer(503, "ServiceUnavailable"),
])("other answers are the retry table's: $status $reason", (response) => {
  const { authorization, renewals } = bench();
  expect(authorization.refusal(response, authorization.current(), occasion)).toBeUndefined();
  expect(renewals).toEqual([]);
});
