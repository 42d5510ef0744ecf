import { guardLogger } from "@apnskit/connection/internal";
import { type Life, type Pool, type Recipient, type Request, Response, Timeout } from "@apnskit/pool";
import { ManualClock } from "@apnskit/testkit";
import { describe, expect, it } from "vitest";
import { Authorization } from "../src/client/authorization.ts";
import type { Courier } from "../src/client/courier.ts";
import { DevicePush } from "../src/client/device-push.ts";
import { checkLimits, RequestTemplate } from "../src/client/request-template.ts";
import { ServiceRequest, type ServiceResult } from "../src/client/service-request.ts";
import { Topics } from "../src/client/topics.ts";
import {
  alert,
  type HeaderOptions,
  type Outcome,
  ProviderTokenRejected,
  providerToken,
} from "../src/index.ts";
import { TOKEN } from "./kit/clients.ts";
import { MINUTE } from "./kit/durations.ts";
import { APP } from "./kit/on-the-wire.ts";
import { p8 } from "./kit/p8.ts";

function answer(status: number, reason?: string): Response {
  return new Response(status, [":status", String(status)], Buffer.from(JSON.stringify({ reason })));
}

const life: Life = { attempts: 2, maybeDelivered: true, idempotent: true };
const occasion = { ...life, pauses: 0, connectionOpenedAt: 0 };

/** A push with what it works with, and a pool that keeps what is submitted. */
function bench(options: HeaderOptions = {}) {
  const clock = new ManualClock({ now: 1_000 });
  const auth = providerToken({ key: p8(), keyId: "ABC123DEFG", teamId: "DEF123GHIJ", clock });
  const authorization = new Authorization({
    auth,
    random: () => 1,
    logger: guardLogger(undefined),
    onRenewal: () => {},
  });
  const topics = new Topics();
  const recorded: [Outcome, string | undefined][] = [];
  const courier = {
    authorization,
    clock,
    turnTime: clock,
    topics,
    record: (outcome: Outcome, topic: string | undefined) => void recorded.push([outcome, topic]),
  } as unknown as Courier;
  const notification = alert({ title: "Hello", ...options });
  const template = new RequestTemplate(notification.headersFor(APP), notification.body, checkLimits({}));
  const done: [Outcome, Error | undefined][] = [];
  const push = new DevicePush(courier, template, TOKEN, TOKEN.toUpperCase(), 7, (outcome, cause) => {
    // The client's figures are up to date before the caller hears of it.
    expect(recorded).toHaveLength(1);
    done.push([outcome, cause]);
  });
  const submitted: [Request, Recipient, AbortSignal | undefined][] = [];
  const pool = {
    submit: (...args: [Request, Recipient, AbortSignal | undefined]) => void submitted.push(args),
  } as unknown as Pool;
  return { clock, auth, authorization, topics, template, recorded, push, done, submitted, pool };
}

const bearerOf = (request: Request) => request.headers.authorization;

describe("each attempt of a push", () => {
  it("carries the provider token of its own time, under one apns-id", () => {
    const { clock, authorization, push, submitted, pool } = bench();
    const { signal } = new AbortController();
    push.submitTo(pool, signal);
    const [[first, recipient, passed]] = submitted as [[Request, Recipient, AbortSignal]];
    expect([first.path, recipient, passed]).toEqual([`/3/device/${TOKEN}`, push, signal]);
    expect(first.headers["apns-id"]).toBe(push.apnsId);
    expect(bearerOf(first)).toBe(authorization.last!.authorization);
    // Nothing is put together anew while the token is the same.
    expect(push.prepare()).toBe(first);
    clock.advance(50 * MINUTE);
    const second = push.prepare();
    expect(second).not.toBe(first);
    expect(bearerOf(second)).not.toBe(bearerOf(first));
    expect(second.headers["apns-id"]).toBe(push.apnsId);
    expect(push.prepare()).toBe(second);
  });

  it("has the id of its notification, if that has one", () => {
    const id = "f4121b12-e0bf-3266-f079-d9253e98bf49";
    const { push, submitted, pool } = bench({ id });
    push.submitTo(pool, undefined);
    expect(push.apnsId).toBe(id);
    expect(submitted[0]![0].headers["apns-id"]).toBe(id);
  });

  it("is put together by prepare, if it never was", () => {
    const { authorization, push } = bench();
    authorization.current();
    expect(bearerOf(push.prepare())).toBe(authorization.last!.authorization);
  });
});

describe("an answer that refuses the topic", () => {
  for (const [status, reason, resent] of [
    [400, "TopicDisallowed", true],
    [400, "DeviceTokenNotForTopic", true],
    [400, "BadTopic", false],
    [403, "TopicDisallowed", false],
  ] as const) {
    it(`${status} ${reason}: ${resent ? "over a connection older than the topic, once more over a fresh one" : "stands"}`, () => {
      const { topics, push } = bench();
      const advise = (connectionOpenedAt: number) =>
        push.advise(answer(status, reason), { ...occasion, connectionOpenedAt });
      expect(advise(50)).toBeUndefined();
      topics.used(APP, 100);
      expect(advise(100)).toBeUndefined();
      expect(advise(99)).toEqual(resent ? { request: { action: "resend" }, connection: "stop" } : undefined);
    });
  }
});

describe("a refused provider token", () => {
  it("is the authorization's to judge, by the token that the attempt carried", () => {
    const { authorization, push, submitted, pool } = bench();
    push.submitTo(pool, undefined);
    const expired = answer(403, "ExpiredProviderToken");
    expect(push.advise(expired, occasion)).toEqual({ request: { action: "resend" } });
    expect(authorization.last?.generation).toBe(2);
    // It still carries the first token: no second renewal.
    expect(push.advise(expired, occasion)).toEqual({ request: { action: "resend" } });
    expect(authorization.last?.generation).toBe(2);
    expect(bearerOf(push.prepare())).not.toBe(bearerOf(submitted[0]![0]));
  });

  it("that cannot be replaced is the hint and the cause of the outcome; a later answer is not", () => {
    for (const later of [false, true]) {
      const { push, pool, done } = bench();
      push.submitTo(pool, undefined);
      const expired = answer(403, "ExpiredProviderToken");
      push.advise(expired, occasion);
      push.prepare();
      expect(push.advise(expired, occasion)).toEqual({ request: { action: "settle" } });
      if (later) push.advise(answer(503), occasion);
      push.onResponse(later ? answer(503) : expired, life);
      const [outcome, cause] = done[0]!;
      if (later) {
        expect([(outcome as { message: string }).message.includes(";"), cause]).toEqual([false, undefined]);
      } else {
        expect(outcome).toMatchObject({
          message: expect.stringMatching(/^the provider token is too old; .*renewing it did not help/),
        });
        expect(cause).toBeInstanceOf(ProviderTokenRejected);
      }
    }
  });
});

describe("the outcome of a push", () => {
  it("has token, spelling, place, id, attempts and duration, and is recorded under its topic", () => {
    const { clock, push, pool, recorded, done } = bench();
    push.submitTo(pool, undefined);
    clock.advance(250);
    push.onResponse(answer(200), { ...life, attempts: 1 });
    expect(done).toEqual([
      [
        {
          result: "accepted",
          token: TOKEN,
          given: TOKEN.toUpperCase(),
          index: 7,
          apnsId: push.apnsId,
          attempts: 1,
          duration: 250,
          status: 200,
          tokenIsDead: false,
          retryable: false,
        },
        undefined,
      ],
    ]);
    expect(recorded).toEqual([[done[0]![0], APP]]);
  });

  it("of an error says where it was, may be retried if it is idempotent, and keeps the error", () => {
    const { push, pool, done } = bench();
    push.submitTo(pool, undefined);
    const error = new Timeout("timeout", "unknown");
    push.onFailure(error, life, "between-attempts");
    expect(done[0]).toMatchObject([
      { result: "unknown", retryable: true, attempts: 2, error: { phase: "between-attempts" } },
      error,
    ]);
    expect(done[0]![1]).toBe(error);
    const other = bench();
    other.push.onFailure(error, { ...life, idempotent: false }, "queued");
    expect(other.done[0]![0]).toMatchObject({ retryable: false });
  });

  it("of a refusal says that an earlier attempt may have been delivered", () => {
    const { push, done } = bench();
    push.onResponse(answer(503), life);
    expect(done[0]![0]).toMatchObject({
      result: "rejected",
      attempts: 2,
      maybeDelivered: true,
      retryable: true,
    });
    const other = bench();
    other.push.onResponse(answer(503), { ...life, maybeDelivered: false });
    expect(other.done[0]![0]).not.toHaveProperty("maybeDelivered");
  });

  it("calls a bad device token dead only if the topic's tokens are known to fit the environment", () => {
    for (const accepted of [false, true]) {
      const { topics, push, done } = bench();
      if (accepted) topics.accepted(APP, 0);
      push.onResponse(answer(400, "BadDeviceToken"), life);
      expect(done[0]![0]).toMatchObject({ tokenIsDead: accepted });
    }
  });

  it("is not retryable from the instant of its expiration on", () => {
    const epoch = new ManualClock().epoch();
    for (const [expiration, advance, retryable] of [
      [new Date(epoch + 2_000), 1_999, true],
      [new Date(epoch + 2_000), 2_000, false],
      // Apple stores it for no time, but tries once.
      [0, 5_000, true],
    ] as const) {
      const { clock, push, done } = bench({ expiration });
      clock.advance(advance);
      push.onResponse(answer(503), life);
      expect(done[0]![0]).toMatchObject({ retryable });
    }
  });

  it("before any attempt has none", () => {
    const { push } = bench();
    expect([push.attempts, push.maybeDelivered, push.idempotent, push.expired]).toEqual([
      0,
      false,
      false,
      false,
    ]);
  });
});

describe("a request to a service", () => {
  function service() {
    const { authorization, clock, template, pool, submitted } = bench();
    const results: ServiceResult[] = [];
    const own = { "apns-request-id": "1" };
    const request = new ServiceRequest(
      { authorization, clock, turnTime: clock },
      template,
      "/4/broadcasts/apps/x",
      own,
      (result) => results.push(result),
    );
    request.submitTo(pool, undefined);
    clock.advance(30);
    return { request, results, submitted };
  }

  it("ends with its answer, its life, its duration and why a provider token was refused for good", () => {
    const { request, results, submitted } = service();
    expect(submitted[0]![0].path).toBe("/4/broadcasts/apps/x");
    expect(submitted[0]![0].headers["apns-request-id"]).toBe("1");
    const expired = answer(403, "ExpiredProviderToken");
    request.advise(expired, occasion);
    request.prepare();
    request.advise(expired, occasion);
    request.onResponse(expired, life);
    expect(results).toEqual([
      { end: expired, life, duration: 30, refusal: expect.any(ProviderTokenRejected) },
    ]);
  });

  it("or with its error", () => {
    const { request, results } = service();
    const error = new Timeout("timeout", "unsent");
    request.onFailure(error, life);
    expect(results).toEqual([{ end: error, life, duration: 30, refusal: undefined }]);
  });
});
