import { MockApns } from "@apnskit/mock-server";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { expect, test } from "vitest";
import { Pool } from "../src/index.ts";
import { push } from "./support/pools.ts";

failOnLeaks();

test("a server on another HTTP/2 implementation takes thousands at once, and names each of them", async () => {
  await using server = await MockApns.start({ auth: "anything" });
  await using pool = await Pool.open(server.origin, { tls: { ca: server.ca }, size: 2 });
  const template = push(0, {
    headers: { "apns-push-type": "alert" },
    body: '{"aps":{"alert":"hi"}}',
    timeout: 60_000,
  });
  const ids = new Set<string>();
  const requests = Array.from({ length: 3_000 }, (_, i) =>
    template.to(`/3/device/${i.toString(16).padStart(64, "0")}`),
  );
  for await (const { response } of pool.postAll(requests)) {
    expect([response?.status, response?.reason]).toEqual([200, undefined]);
    ids.add(response!.apnsId!);
  }
  expect(ids.size).toBe(3_000);
  expect(pool.stats()).toMatchObject({ completed: 3_000, failed: 0, retries: 0 });
});
