import { MockApns } from "@apnskit/mock-server";
import { expect, test } from "vitest";
import { Pool, Request } from "../src/index.ts";

test("a notification is accepted", async () => {
  await using server = await MockApns.start({ auth: "anything" });
  await using pool = await Pool.open(server.origin, { tls: { ca: server.ca } });
  const response = await pool.post(
    Request.json(`/3/device/${"ab".repeat(32)}`, { "apns-topic": "com.example.app", "apns-push-type": "alert" }, { aps: { alert: "hi" } }),
  );
  expect([response.status, response.reason]).toEqual([200, undefined]);
  expect(response.apnsId).toMatch(/^[0-9A-F-]{36}$/);
});
