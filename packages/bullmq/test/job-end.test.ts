import type { Outcome } from "apnskit";
import { describe, expect, it } from "vitest";
import { jobEnd, sentenceOf } from "../src/push/job-end.ts";
import { jobIdentity } from "../src/push/job-identity.ts";

const base = { token: "ab".repeat(32), attempts: 1, duration: 5 } as const;
const accepted: Outcome = { ...base, result: "accepted", status: 200, tokenIsDead: false, retryable: false };
const rejected = (retryable: boolean): Outcome =>
  ({
    ...base,
    result: "rejected",
    status: retryable ? 503 : 410,
    reason: retryable ? "ServiceUnavailable" : "Unregistered",
    message: "it says why",
    advice: retryable ? "retry-later" : "drop-token",
    tokenIsDead: !retryable,
    retryable,
  }) as Outcome;
const ended = (result: "unsent" | "unknown", code: string, retryable: boolean): Outcome => ({
  ...base,
  result,
  error: { code, message: "for some reason" },
  tokenIsDead: false,
  retryable,
});

describe("what becomes of a job", () => {
  it.each<[string, Outcome, boolean, string]>([
    ["accepted", accepted, false, "complete"],
    ["accepted after the lock was lost", accepted, true, "complete"],
    ["rejected for good", rejected(false), false, "fail"],
    ["rejected for good after the lock was lost", rejected(false), true, "fail"],
    ["rejected for now", rejected(true), false, "retry"],
    ["unsent by a time-out", ended("unsent", "ERR_APNS_TIMEOUT", true), false, "retry"],
    ["unsent for bad input", ended("unsent", "ERR_APNS_INVALID_DEVICE_TOKEN", false), false, "fail"],
    ["unsent by a closed client", ended("unsent", "ERR_APNS_CLOSED", true), false, "return"],
    ["unsent by a closed client, expired", ended("unsent", "ERR_APNS_CLOSED", false), false, "fail"],
    ["unknown, harmless to double", ended("unknown", "ERR_APNS_TIMEOUT", true), false, "retry"],
    ["unknown, closed, harmless to double", ended("unknown", "ERR_APNS_CLOSED", true), false, "return"],
    ["unknown, not to be doubled", ended("unknown", "ERR_APNS_TIMEOUT", false), false, "fail"],
    ["aborted since the lock was lost", ended("unknown", "ERR_APNS_ABORTED", true), true, "leave"],
    [
      "aborted, not to be doubled, since the lock was lost",
      ended("unsent", "ERR_APNS_ABORTED", true),
      true,
      "leave",
    ],
    ["aborted by cancelJob", ended("unsent", "ERR_APNS_ABORTED", true), false, "retry"],
  ])("%s", (_, outcome, lockLost, end) => {
    expect(jobEnd(outcome, lockLost)).toBe(end);
  });

  it("is told in a sentence without the device token", () => {
    const outcomes = [rejected(false), ended("unsent", "ERR_A", true), ended("unknown", "ERR_B", true)];
    const sentences = outcomes.map((outcome) => sentenceOf(outcome as never));
    expect(sentences).toEqual([
      "APNs answered 410 Unregistered: it says why",
      "the push was not sent: ERR_A, for some reason",
      "the push may have been delivered: ERR_B, for some reason",
    ]);
  });
});

describe("the identity of a job", () => {
  const job = { id: "1", queueQualifiedName: "bull:pushes", timestamp: 1_700_000_000_000 };

  it("is the same each time, a UUID and a collapse id of at most 64 bytes", () => {
    expect(jobIdentity(job)).toEqual(jobIdentity({ ...job }));
    expect(jobIdentity(job).id).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(Buffer.byteLength(jobIdentity(job).collapseId)).toBeLessThanOrEqual(64);
  });

  it.each([{ id: "2" }, { queueQualifiedName: "bull:others" }, { timestamp: 1 }])(
    "differs by %j",
    (other) => {
      const [one, two] = [jobIdentity(job), jobIdentity({ ...job, ...other })];
      expect(two.id).not.toBe(one.id);
      expect(two.collapseId).not.toBe(one.collapseId);
    },
  );
});
