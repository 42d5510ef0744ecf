import { describe, expect, it } from "vitest";
import { type Advice, REASONS, type RequestFamily, reasonInfo } from "../src/index.ts";

type Row = [status: number, reason: string, advice: Advice, retryable: boolean, tokenIsDead: boolean];

/** Apple, "Handling notification responses from APNs": every answer to a push for a device. */
const device: Row[] = [
  [400, "BadCollapseId", "fix-request", false, false],
  [400, "BadDeviceToken", "check-environment", false, false],
  [400, "BadExpirationDate", "fix-request", false, false],
  [400, "BadMessageId", "fix-request", false, false],
  [400, "BadPriority", "fix-request", false, false],
  [400, "BadTopic", "fix-request", false, false],
  [400, "DeviceTokenNotForTopic", "never", false, false],
  [400, "DuplicateHeaders", "fix-request", false, false],
  [400, "IdleTimeout", "new-connection", true, false],
  [400, "InvalidPushType", "fix-request", false, false],
  [400, "MissingDeviceToken", "fix-request", false, false],
  [400, "MissingTopic", "fix-request", false, false],
  [400, "PayloadEmpty", "fix-request", false, false],
  [400, "TopicDisallowed", "fix-credentials", false, false],
  [403, "BadCertificate", "fix-credentials", false, false],
  [403, "BadCertificateEnvironment", "fix-credentials", false, false],
  [403, "ExpiredProviderToken", "new-token", true, false],
  [403, "Forbidden", "never", false, false],
  [403, "InvalidProviderToken", "fix-credentials", false, false],
  [403, "MissingProviderToken", "fix-credentials", false, false],
  [403, "UnrelatedKeyIdInToken", "new-connection", true, false],
  [403, "BadEnvironmentKeyIdInToken", "fix-credentials", false, false],
  [403, "BadEnvironmentKeyInToken", "fix-credentials", false, false],
  [404, "BadPath", "fix-request", false, false],
  [405, "MethodNotAllowed", "fix-request", false, false],
  [410, "ExpiredToken", "drop-token", false, true],
  [410, "Unregistered", "drop-token", false, true],
  [413, "PayloadTooLarge", "fix-request", false, false],
  [429, "TooManyProviderTokenUpdates", "same-token-later", true, false],
  [429, "TooManyRequests", "later", true, false],
  [500, "InternalServerError", "later", true, false],
  [503, "ServiceUnavailable", "later", true, false],
  [503, "Shutdown", "new-connection", true, false],
];

/** Apple, "Handling error responses from Apple Push Notification service": broadcasts and channels. */
const broadcast: Row[] = [
  [400, "FeatureNotEnabled", "fix-credentials", false, false],
  [400, "BroadcastFeatureNotEnabled", "fix-credentials", false, false],
  [400, "MissingChannelId", "fix-request", false, false],
  [400, "BadChannelId", "fix-request", false, false],
  [400, "ChannelNotRegistered", "never", false, false],
  [400, "BadRequestParams", "fix-request", false, false],
  [400, "BadRequestPayload", "fix-request", false, false],
  [400, "PayloadEmpty", "fix-request", false, false],
  [400, "BadMessageId", "fix-request", false, false],
  [400, "MissingPushType", "fix-request", false, false],
  [400, "InvalidPushType", "fix-request", false, false],
  [400, "CannotCreateChannelConfig", "fix-request", false, false],
  [400, "BadExpirationDate", "fix-request", false, false],
  [400, "TopicDisallowed", "fix-credentials", false, false],
  [400, "BadPriority", "fix-request", false, false],
  [400, "MissingChannelQueueSize", "fix-request", false, false],
  [403, "BadCertificate", "fix-credentials", false, false],
  [403, "BadCertificateEnvironment", "fix-credentials", false, false],
  [403, "MissingProviderToken", "fix-credentials", false, false],
  [403, "ExpiredProviderToken", "new-token", true, false],
  [403, "InvalidProviderToken", "fix-credentials", false, false],
  [403, "TopicMismatch", "fix-credentials", false, false],
  [404, "BadPath", "fix-request", false, false],
  [405, "MethodNotAllowed", "fix-request", false, false],
  [413, "PayloadTooLarge", "fix-request", false, false],
  [429, "TooManyRequests", "later", true, false],
  [429, "TooManyProviderTokenUpdates", "same-token-later", true, false],
  [500, "InternalServerError", "later", true, false],
  [503, "ServiceUnavailable", "later", true, false],
  [503, "Service Unavailable", "later", true, false],
  [503, "Shutdown", "new-connection", true, false],
];

const check =
  (family: RequestFamily) =>
  (status: number, reason: string, advice: Advice, retryable: boolean, tokenIsDead: boolean) => {
    expect(reasonInfo(status, reason)).toMatchObject({ status, advice, retryable, tokenIsDead });
    expect(reasonInfo(status, reason).families).toContain(family);
    expect(reasonInfo(status, reason).meaning).not.toBe("");
  };

describe("a rejection of a push to a device", () => {
  it.each(device)("%i %s: %s", check("device"));
});

describe("a rejection of a broadcast or channel request", () => {
  it.each(broadcast)("%i %s: %s", check("broadcast"));
});

describe("the table", () => {
  it("has no reason beyond those, and none for a family that lacks it", () => {
    const names = (rows: Row[]) => new Set(rows.map(([status, reason]) => reasonInfo(status, reason).reason));
    for (const [family, rows] of [
      ["device", device],
      ["broadcast", broadcast],
    ] as const) {
      const known = [...REASONS.values()].filter(({ families }) => families.includes(family));
      expect(new Set(known.map(({ reason }) => reason))).toEqual(names(rows));
    }
  });

  it("cannot be changed", () => {
    expect(() => Object.assign(reasonInfo(410, "Unregistered"), { tokenIsDead: false })).toThrow(TypeError);
  });
});

describe("a reason that is not in the table is judged by its status", () => {
  it.each<Row>([
    [400, "NewReason", "fix-request", false, false],
    [403, "NewReason", "fix-credentials", false, false],
    [410, "NewReason", "drop-token", false, true],
    [429, "NewReason", "later", true, false],
    [500, "NewReason", "later", true, false],
    [502, "NewReason", "later", true, false],
    [400, "toString", "fix-request", false, false],
  ])("%i %s: %s", (status, reason, advice, retryable, tokenIsDead) => {
    expect(reasonInfo(status, reason)).toMatchObject({ reason, status, advice, retryable, tokenIsDead });
  });

  it("and so is none at all, as from a proxy", () => {
    expect(reasonInfo(502, undefined)).toMatchObject({
      reason: "HTTP 502",
      advice: "later",
      retryable: true,
    });
  });
});
