import { guardLogger } from "@apnskit/connection/internal";
import { Aborted, ConnectFailed, Timeout } from "@apnskit/pool";
import { describe, expect, it } from "vitest";
import { FailureLog } from "../src/client/failure-log.ts";
import { outcomeOfAnswer, outcomeOfError, type RejectedOutcome } from "../src/outcome.ts";
import { MINUTE } from "./kit/durations.ts";

const submission = { token: "ab".repeat(32), attempts: 1, duration: 1 };

function rejected(status: number, reason?: string): RejectedOutcome {
  const answer = { status, reason, apnsId: undefined, apnsUniqueId: undefined, timestamp: undefined };
  return outcomeOfAnswer(answer, submission) as RejectedOutcome;
}

const timedOut = () => {
  const cause = new ConnectFailed("unreachable", "ECONNREFUSED");
  return outcomeOfError(new Timeout("timeout", "unsent", { cause }), submission, "queued");
};

/** A log whose lines are kept as `[level, fields, message]`. */
function bench(environment: "production" | "sandbox" = "production") {
  const lines: [string, Record<string, unknown>, string][] = [];
  const write = (level: string) => (fields: object, message: string) =>
    void lines.push([level, fields as Record<string, unknown>, message]);
  const logger = guardLogger({ error: write("error"), warn: write("warn"), info: write("info") });
  const log = new FailureLog(logger, environment);
  const refuse = (reason: string, now: number, status = 403) =>
    log.note(rejected(status, reason), "app", 0, now);
  return { log, lines, refuse };
}

describe("an answer that asks a person to correct something", () => {
  it("is one line of level error, with its reason, topic and meaning", () => {
    const { lines, refuse } = bench();
    refuse("InvalidProviderToken", 0);
    expect(lines).toEqual([
      [
        "error",
        { status: 403, reason: "InvalidProviderToken", topic: "app", count: 1 },
        "APNs refuses notifications: the provider token cannot be verified: check key, key id and team id",
      ],
    ]);
  });

  it("is told of once a minute, with how often it came since the last line", () => {
    const { lines, refuse } = bench();
    for (let i = 0; i < 500; i++) refuse("InvalidProviderToken", i);
    expect(lines).toHaveLength(1);
    refuse("InvalidProviderToken", MINUTE - 1);
    expect(lines).toHaveLength(1);
    refuse("InvalidProviderToken", MINUTE);
    expect(lines.map(([, { count }]) => count)).toEqual([1, 501]);
    refuse("InvalidProviderToken", 2 * MINUTE);
    expect(lines.map(([, { count }]) => count)).toEqual([1, 501, 1]);
  });

  it("counts for each reason by itself, for credentials and for requests", () => {
    const { lines, refuse } = bench();
    for (const reason of ["InvalidProviderToken", "TopicDisallowed", "BadTopic", "BadTopic", "HTTP 418"]) {
      refuse(reason, 0, reason === "HTTP 418" ? 418 : 400);
    }
    expect(lines.map(([, { reason }]) => reason)).toEqual([
      "InvalidProviderToken",
      "TopicDisallowed",
      "BadTopic",
      "HTTP 418",
    ]);
  });

  it("keeps a bounded number of reasons, the oldest of which is forgotten", () => {
    const { lines, refuse } = bench();
    for (let i = 0; i < 100; i++) refuse(`Invented${i}`, 0, 400);
    refuse("Invented0", 1, 400);
    expect(lines).toHaveLength(100);
    refuse("Invented100", 2, 400);
    refuse("Invented1", 3, 400);
    refuse("Invented0", 4, 400);
    expect(lines.slice(100).map(([, { reason }]) => reason)).toEqual(["Invented100", "Invented0"]);
  });

  it.each<[string, RejectedOutcome]>([
    ["a dead token", rejected(410, "Unregistered")],
    ["a throttled device", rejected(429, "TooManyRequests")],
    ["a trouble of APNs", rejected(500, "InternalServerError")],
    ["a token of another app", rejected(400, "DeviceTokenNotForTopic")],
    ["a bad device token", rejected(400, "BadDeviceToken")],
  ])("is not %s", (_, outcome) => {
    const { log, lines } = bench();
    log.note(outcome, "app", 0, 0);
    expect(lines).toEqual([]);
  });
});

describe("bad device tokens in a row", () => {
  for (const [environment, other] of [
    ["production", "sandbox"],
    ["sandbox", "production"],
  ] as const) {
    it(`of a client for ${environment} are one error from the tenth on, which names the ${other}`, () => {
      const { log, lines } = bench(environment);
      for (let n = 1; n <= 200; n++) log.note(rejected(400, "BadDeviceToken"), "app", n, n);
      expect(lines).toEqual([
        [
          "error",
          { reason: "BadDeviceToken", topic: "app", count: 1 },
          `10 device tokens in a row are BadDeviceToken: do they belong to the ${other} environment? This client sends to the ${environment} environment`,
        ],
      ]);
      log.note(rejected(400, "BadDeviceToken"), "app", 201, MINUTE + 10);
      expect(lines[1]).toMatchObject(["error", { count: 191 }, expect.stringMatching(/^201 device tokens/)]);
    });
  }
});

describe("time-outs", () => {
  it("are one warning from the twentieth within a minute on, with their cause", () => {
    const { log, lines } = bench();
    for (let n = 0; n < 19; n++) log.note(timedOut(), "app", 0, n);
    expect(lines).toEqual([]);
    log.note(timedOut(), "app", 0, 19);
    expect(lines).toMatchObject([
      [
        "warn",
        {
          count: 20,
          error: { code: "ERR_APNS_TIMEOUT", phase: "queued", cause: { failure: "unreachable" } },
        },
        "20 notifications timed out",
      ],
    ]);
    for (let n = 0; n < 300; n++) log.note(timedOut(), "app", 0, 20 + n);
    expect(lines).toHaveLength(1);
    log.note(timedOut(), "app", 0, MINUTE + 19);
    expect(lines[1]).toMatchObject(["warn", { count: 301 }, "301 notifications timed out"]);
  });

  it("are counted over the minute since the first of them", () => {
    const { log, lines } = bench();
    for (let n = 0; n < 20; n++) log.note(timedOut(), "app", 0, 10 * MINUTE + 3_000 * n);
    expect(lines).toMatchObject([["warn", { count: 20 }, "20 notifications timed out"]]);
  });

  it("that are few in each minute are not many, however long it goes on", () => {
    const { log, lines } = bench();
    for (let minute = 0; minute < 100; minute++) {
      for (let n = 0; n < 19; n++) log.note(timedOut(), "app", 0, minute * MINUTE + n);
    }
    expect(lines).toEqual([]);
  });

  it("are not other errors", () => {
    const { log, lines } = bench();
    for (let n = 0; n < 100; n++) {
      log.note(outcomeOfError(new Aborted("unsent", undefined), submission), undefined, 0, n);
    }
    expect(lines).toEqual([]);
  });
});
