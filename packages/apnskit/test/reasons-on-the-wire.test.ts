import { CHANNEL_REASONS, DEVICE_REASONS, MockApns, type Reason } from "@apnskit/mock-server";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type AcceptedOutcome,
  type ApnsClient,
  liveActivityUpdate,
  REASONS,
  Rejected,
} from "../src/index.ts";
import { failure, hello, openClient } from "./kit/clients.ts";

failOnLeaks();

const TOKEN = "cd".repeat(32);
const update = liveActivityUpdate({ timestamp: new Date(), contentState: {} });

let server: MockApns;
beforeAll(async () => {
  server = await MockApns.start();
});
afterAll(() => server.close());

async function outcomeOf(reason: Reason, send: (apns: ApnsClient) => Promise<AcceptedOutcome>) {
  // No second attempt fits into the time, so that the first refusal is the end.
  const retry = { minDelay: 80_000, maxDelay: 80_000 };
  await using apns = await openClient(server, { timeout: 30_000, retry });
  const { id } = server.inject({ kind: "answer", reason });
  try {
    const error = await failure<Rejected>(send(apns));
    expect(error).toBeInstanceOf(Rejected);
    return error.outcome;
  } finally {
    server.removeFault(id);
  }
}

describe("every refusal of a device push becomes an outcome", () => {
  it.each(Object.entries(DEVICE_REASONS))("%s", async (reason, status) => {
    const outcome = await outcomeOf(reason as Reason, (apns) => apns.send(TOKEN, hello));
    const known = REASONS.get(reason)!;
    expect(known.families).toContain("device");
    expect(outcome).toMatchObject({
      result: "rejected",
      status,
      reason,
      token: TOKEN,
      tokenIsDead: known.tokenIsDead,
      retryable: known.retryable,
      advice: known.advice,
    });
    expect(JSON.parse(JSON.stringify(outcome))).toEqual(outcome);
  });
});

/** Section "Broadcast publish and channel management": its own reasons, and those shared with device pushes. */
const SHARED: Reason[] = [
  "PayloadEmpty",
  "BadMessageId",
  "InvalidPushType",
  "BadExpirationDate",
  "TopicDisallowed",
  "BadPriority",
  "BadCertificate",
  "BadCertificateEnvironment",
  "MissingProviderToken",
  "ExpiredProviderToken",
  "InvalidProviderToken",
  "BadPath",
  "MethodNotAllowed",
  "PayloadTooLarge",
  "TooManyRequests",
  "TooManyProviderTokenUpdates",
  "InternalServerError",
  "ServiceUnavailable",
  "Shutdown",
];

describe("every refusal of a broadcast or channel request becomes an outcome", () => {
  it.each([...(Object.keys(CHANNEL_REASONS) as Reason[]), ...SHARED])("%s", async (reason) => {
    const outcome = await outcomeOf(reason, (apns) => apns.broadcast("c2FtcGxl", update));
    const known = REASONS.get(reason)!;
    expect(known.families).toContain("broadcast");
    expect(outcome).toMatchObject({
      result: "rejected",
      reason,
      status: known.status,
      advice: known.advice,
      tokenIsDead: false,
    });
    const managing = await outcomeOf(reason, async (apns) => (await apns.channels.list()) as never);
    expect(managing).toMatchObject({ reason, status: known.status });
  });
});
