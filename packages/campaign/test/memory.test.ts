import { failOnLeaks } from "@apnskit/testkit/leaks";
import { alert } from "apnskit";
import { expect, test } from "vitest";
import { Campaign } from "../src/index.ts";
import { CampaignState } from "../src/internal.ts";
import { FakeClient } from "./kit/fake-client.ts";
import { MemoryJournal } from "./kit/memory-journal.ts";

failOnLeaks();

/** Bytes of typed arrays that a value holds, where the two bits of each recipient are. */
function arrayBytes(make: () => unknown): { readonly bytes: number; readonly made: unknown } {
  const before = process.memoryUsage().arrayBuffers;
  const made = make();
  return { bytes: process.memoryUsage().arrayBuffers - before, made };
}

test("ten million recipients take two bits each", () => {
  const { bytes, made } = arrayBytes(() => {
    const state = new CampaignState();
    state.apply({ kind: "handed-out", runs: [0, 10_000_000] });
    state.apply({ kind: "accepted", runs: [0, 10_000_000] });
    return state;
  });
  expect((made as CampaignState).counts().accepted).toBe(10_000_000);
  expect(bytes).toBeLessThan(2.6e6);
});

test("recipients are read only as far ahead as they are sent", async () => {
  let read = 0;
  const recipients = function* () {
    for (; read < 200_000; read++) yield read.toString(16).padStart(64, "0");
  };
  let most = 0;
  const client = new FakeClient();
  client.onPull = () => {
    most = Math.max(most, read - client.taken.length);
  };
  const notification = alert({ body: "Hello" });
  const campaign = await Campaign.open({
    client,
    name: "m",
    recipients,
    notification,
    journal: new MemoryJournal(),
  });
  await campaign.run();
  expect(client.taken).toHaveLength(200_000);
  // Twice what is handed out ahead at most, and a block.
  expect(most).toBeLessThan(2 * 32_768 + 2000);
}, 120_000);
