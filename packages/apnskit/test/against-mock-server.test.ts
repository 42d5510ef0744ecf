import { MockApns } from "@apnskit/mock-server";
import { Pool, Request } from "@apnskit/pool";
import { beforeAll, describe, expect, it } from "vitest";
import { certificate, type Notification, providerToken } from "../src/index.ts";
import { outcomeOfAnswer } from "../src/outcome.ts";
import { APP, onTheWire } from "./kit/on-the-wire.ts";
import { p8 } from "./kit/p8.ts";

const DEVICE = `/3/device/${"ab".repeat(32)}`;
const ids = { keyId: "KEY1234567", teamId: "TEAM123456" };
const key = p8();
let server: MockApns;

beforeAll(async () => {
  server = await MockApns.start({ keys: [{ ...ids, key }] });
  return () => server.close();
});

async function answer(pool: Pool, notification: Notification, authorization?: string) {
  const headers = { ...notification.headersFor(APP), ...(authorization !== undefined && { authorization }) };
  const response = await pool.post(Request.of(DEVICE, headers, notification.body));
  return outcomeOfAnswer(response, { attempts: 1, duration: 0 });
}

describe("a server that checks as APNs does", () => {
  it("takes the provider token, and every push type with its topic, priority and payload", async () => {
    const auth = providerToken({ key, ...ids });
    await using pool = await Pool.open(server.origin, { tls: { ca: server.ca } });
    const results: Record<string, unknown> = {};
    for (const [name, make] of onTheWire) {
      const outcome = await answer(pool, make(), auth.current().authorization);
      results[name] = outcome.result === "rejected" ? outcome.reason : outcome.result;
    }
    const expected = Object.fromEntries(onTheWire.map(([name]) => [name, "accepted"]));
    expect(results).toEqual({ ...expected, "raw of a push type to come": "InvalidPushType" });
  });

  it("refuses the token of another key under the same name", async () => {
    const stranger = providerToken({ key: p8(), ...ids });
    await using pool = await Pool.open(server.origin, { tls: { ca: server.ca } });
    const [, make] = onTheWire[0]!;
    const outcome = await answer(pool, make(), stranger.current().authorization);
    expect(outcome).toMatchObject({
      reason: "InvalidProviderToken",
      advice: "fix-credentials",
      retryable: false,
    });
  });

  it("takes the certificate in place of a token", async () => {
    await using certified = await MockApns.start({ auth: "certificate" });
    const { cert, key: pem } = certified.clientOptions.tls as { cert: string; key: string };
    const own = certificate({ cert, key: pem });
    await using pool = await Pool.open(certified.origin, { tls: { ca: certified.ca, ...own.tls } });
    const [, make] = onTheWire[0]!;
    expect(own.defaultTopic).toBeDefined();
    const response = await pool.post(Request.of(DEVICE, make().headersFor(own.defaultTopic), make().body));
    expect([response.status, response.reason]).toEqual([200, undefined]);
  });
});
