import { guardLogger } from "@apnskit/connection/internal";
import { generateSigningKey } from "@apnskit/mock-server";
import { ManualClock } from "@apnskit/testkit";
import { type ApnsClient, type ApnsClients, providerToken, raw } from "apnskit";
import { describe, expect, it } from "vitest";
import { readApps } from "../src/apps/app.ts";
import { FeedbackStore } from "../src/feedback/feedback-store.ts";
import { Push } from "../src/push/push.ts";
import { Upstream } from "../src/push/upstream.ts";
import { newAppCounts } from "../src/report/app-counts.ts";

/** An open client that gives each push back unsent so many times, as a full queue does. */
class RefusingClient {
  attempts = 0;
  listeners = 0;
  readonly #refusals: number;

  constructor(refusals: number) {
    this.#refusals = refusals;
  }

  once(): void {
    this.listeners++;
  }

  async trySend(): Promise<object> {
    this.attempts++;
    if (this.attempts > this.#refusals) return { result: "accepted" };
    return { result: "unsent", error: { code: "ERR_APNS_BLOCKED" } };
  }
}

describe("a client that gives a push back unsent and stays open", () => {
  it("is asked again after a delay that grows, and is listened to once", async () => {
    const clock = new ManualClock();
    const client = new RefusingClient(3);
    const upstream = await upstreamOf(client, clock);
    const verdicts: unknown[] = [];
    const notification = raw({ pushType: "alert", payload: "{}" });
    upstream.send(new Push(1, "aa", notification, 0, clock.now(), ({ verdict }) => verdicts.push(verdict)));
    const attempts: number[] = [];
    for (const delay of [0, 249, 1, 499, 1, 999, 1]) {
      clock.advance(delay);
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
      attempts.push(client.attempts);
    }
    expect(attempts).toEqual([1, 1, 2, 2, 3, 3, 4]);
    expect(verdicts).toEqual([{ state: "done" }]);
    expect(client.listeners).toBe(1);
    upstream.stop();
  });
});

async function upstreamOf(client: RefusingClient, clock: ManualClock): Promise<Upstream> {
  const [app] = readApps([
    { topic: "com.example.app", environment: "sandbox", auth: providerToken(generateSigningKey()) },
  ]);
  const opened = async (): Promise<ApnsClient> => client as unknown as ApnsClient;
  return new Upstream({
    app: app!,
    clients: { open: opened } as unknown as ApnsClients,
    feedback: await FeedbackStore.open(undefined, 10),
    counts: newAppCounts(),
    maxUnderWay: 10,
    timeout: 30_000,
    clock,
    // The upper end of each delay.
    random: () => 1,
    logger: guardLogger(undefined),
    onVerdict: () => {},
  });
}
