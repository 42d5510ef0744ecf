import { expect, test } from "vitest";
import { MockApns } from "../src/index.ts";
import { Client } from "./support/client.ts";

/** node:http2 as a client writes the characters of a header value as octets; this gives it those of UTF-8. */
const utf8 = (text: string) => Buffer.from(text).toString("latin1");

test.each([
  ["64 octets of two-octet characters", "°".repeat(32), 200],
  ["64 octets of four-octet characters", "🐦".repeat(16), 200],
  ["66 octets of two-octet characters", "°".repeat(33), 400],
  ["64 octets of ASCII", "x".repeat(64), 200],
  ["65 octets of ASCII", "x".repeat(65), 400],
])("a collapse id of %s is measured in octets of UTF-8", async (_what, collapseId, status) => {
  await using server = await MockApns.start({ auth: "anything" });
  await using client = await Client.open(server);
  const reply = await client.push({ "apns-collapse-id": utf8(collapseId) });
  expect(reply.status).toBe(status);
  expect(server.ledger.entries()[0]?.collapseId).toBe(collapseId);
});

test("the ledger, its queries and its tally see header values as the text that was sent", async () => {
  await using server = await MockApns.start({ auth: "anything", ledger: { tally: ["collapse-id"] } });
  await using client = await Client.open(server);
  await client.push({ "apns-collapse-id": utf8("Größe 30°"), "apns-topic": utf8("bücher") });
  expect(server.ledger.entries({ collapseId: "Größe 30°" })).toMatchObject([{ topic: "bücher" }]);
  expect(server.ledger.collapseIds?.get("Größe 30°").arrived).toBe(1);
});
