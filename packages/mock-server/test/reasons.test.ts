import { expect, test } from "vitest";
import { isReason, isSpelledReason, REASONS, spell, statusOf } from "../src/services/reasons.ts";

test("a reason is known by its spelling on the wire, with its status", () => {
  expect(REASONS.every(isReason)).toBe(true);
  expect(["BadEnvironmentKeyIdInToken", "FeatureNotEnabled", "toString", ""].some(isReason)).toBe(false);
  expect([statusOf("Unregistered"), statusOf("TopicMismatch")]).toEqual([410, 403]);
});

test("an answer may have a reason in either spelling", () => {
  for (const reason of [
    "BadTopic",
    "BadEnvironmentKeyInToken",
    "BadEnvironmentKeyIdInToken",
    "FeatureNotEnabled",
  ]) {
    expect(isSpelledReason(reason)).toBe(true);
  }
  expect([isSpelledReason("BadTopics"), isSpelledReason("toString")]).toEqual([false, false]);
});

test("two reasons are documented in another spelling, all others in that of the wire", () => {
  const different = REASONS.filter((reason) => spell(reason, "documented") !== reason);
  expect(different.map((reason) => spell(reason, "documented"))).toEqual([
    "BadEnvironmentKeyIdInToken",
    "FeatureNotEnabled",
  ]);
  expect(REASONS.every((reason) => spell(reason, "wire") === reason)).toBe(true);
});
