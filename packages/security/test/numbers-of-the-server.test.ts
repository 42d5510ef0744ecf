import { ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { type Outcome, shouldDrop } from "apnskit";
import { describe, expect, test } from "vitest";
import { hello, openClient, TOKEN } from "./kit/clients.ts";
import { watchUncaught } from "./kit/uncaught.ts";

// Answers with numbers, dates and structures that no correct server would send.
failOnLeaks();
const uncaught = watchUncaught();

async function outcomeOf(answer: object): Promise<Outcome> {
  await using peer = await ScriptedPeer.listen({ respond: () => answer, tolerant: true });
  await using apns = await openClient(peer);
  return await apns.trySend(TOKEN, hello, { timeout: 2_000 });
}

describe("the timestamp of a 410", () => {
  test.each(["1e400", "-1", "1e300", "0", "null", '"1700000000123"', "[1]", '{"a":1}', "true", "0.5", "-0"])(
    "that is %s: the outcome has a time that fits a Date, or none",
    async (timestamp) => {
      const outcome = await outcomeOf({
        status: 410,
        body: `{"reason":"Unregistered","timestamp":${timestamp}}`,
      });
      if (outcome.result !== "rejected") throw new Error(outcome.result);
      expect(outcome.reason).toBe("Unregistered");
      if (outcome.timestamp !== undefined) {
        expect(Number.isNaN(new Date(outcome.timestamp).getTime())).toBe(false);
        expect(outcome.timestamp).toBeGreaterThanOrEqual(0);
      }
      expect(JSON.parse(JSON.stringify(outcome))).toMatchObject({ result: "rejected" });
      const dead = {
        token: TOKEN,
        topic: "a",
        environment: "sandbox",
        reason: "Unregistered",
        sentAt: 5,
      } as const;
      const { timestamp: since } = outcome;
      expect(shouldDrop(since === undefined ? dead : { ...dead, timestamp: since }, 1)).toBe(
        since === undefined || since >= 1,
      );
    },
  );
});

describe("the body of a refusal", () => {
  test.each<[string, string]>([
    ["30,000 levels of lists", "[".repeat(30_000)],
    ["30,000 levels of objects", `${'{"a":'.repeat(9_000)}1${"}".repeat(9_000)}`],
    ["__proto__", '{"__proto__":{"reason":"Unregistered"},"reason":"BadTopic"}'],
    ["a reason that is an object", '{"reason":{"toString":1}}'],
    ["a reason named like a method", '{"reason":"toString"}'],
    ["a reason named __proto__", '{"reason":"__proto__"}'],
    ["a byte order mark", '\ufeff{"reason":"BadTopic"}'],
    ["two reasons", '{"reason":"BadDeviceToken","reason":"BadTopic"}'],
    ["half of a surrogate pair", '{"reason":"\\ud800"}'],
    ["no JSON", "<html>"],
    ["octets that are not UTF-8", "\xff\xfe"],
  ])("with %s", async (_, body) => {
    const outcome = await outcomeOf({ status: 400, body: Buffer.from(body, "latin1") });
    expect(outcome).toMatchObject({ result: "rejected", status: 400, tokenIsDead: false });
    expect(typeof (outcome as { reason?: unknown }).reason).toBe("string");
    expect((outcome as { reason: string }).reason.length).toBeLessThanOrEqual(200);
    expect(({} as { reason?: string }).reason).toBeUndefined();
    expect(uncaught).toEqual([]);
  });
});

describe("the date of an answer", () => {
  test.each([
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "Fri, 31 Dec 99999 23:59:59 GMT",
    "-1",
    "1e400",
    "yesterday",
    "2026-11-25T00:00:00Z\u00e9",
    "x".repeat(300),
  ])("%s, with a refused provider token: one rejection, no more than two attempts", async (date) => {
    const outcome = await outcomeOf({
      status: 403,
      headers: { date },
      body: { reason: "ExpiredProviderToken" },
    });
    expect(outcome).toMatchObject({ result: "rejected", status: 403 });
    expect(outcome.attempts).toBeLessThanOrEqual(2);
    expect(uncaught).toEqual([]);
  });
});

describe("an invalid answer", () => {
  test.each<[string, object]>([
    ["a content-length that is too high", { headers: { "content-length": "5" } }],
    [
      "a content-length that is too low",
      { headers: { "content-length": "1" }, status: 400, body: '{"reason":"a"}' },
    ],
    ["a content-length of 2⁶⁴", { headers: { "content-length": "18446744073709551616" } }],
    ["a status of 101", { status: 101 }],
    ["a status of 99", { status: 99 }],
    ["a status of 600", { status: 600 }],
  ])("with %s is not taken for an acceptance", async (_, answer) => {
    expect(await outcomeOf(answer)).toMatchObject({ result: "unknown" });
    expect(uncaught).toEqual([]);
  });

  test.each<[string, object, string]>([
    ["300", { status: 300 }, "rejected"],
    ["204", { status: 204 }, "accepted"],
    ["299", { status: 299 }, "accepted"],
    ["599", { status: 599 }, "rejected"],
    ["trailers that say 400", { trailers: { "x-status": "400", "apns-id": "other" } }, "accepted"],
  ])("with %s keeps its meaning", async (_, answer, result) => {
    expect(await outcomeOf(answer)).toMatchObject({ result });
  });
});
