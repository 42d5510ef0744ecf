import { existsSync, readdirSync } from "node:fs";
import { inspect } from "node:util";
import { ManualClock } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { alert } from "apnskit";
import { describe, expect, test } from "vitest";
import { Campaign, cancelCampaign, readCampaign, removeCampaign } from "../src/index.ts";
import { FakeClient } from "./kit/fake-client.ts";
import { Folder, tokens } from "./kit/folder.ts";
import { MemoryJournal } from "./kit/memory-journal.ts";

failOnLeaks();

const common = { name: "c", recipients: tokens(2000), notification: alert({ body: "Hello" }) } as const;

/** Lets promises and I/O go on. */
const turns = async (count = 20): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
};

describe("a campaign under control", () => {
  test("pause hands out no more, and resume goes on", async () => {
    const client = new FakeClient();
    const campaign = await Campaign.open({ ...common, client, journal: new MemoryJournal() });
    client.onPull = () => {
      if (client.taken.length === 500) campaign.pause();
    };
    const end = campaign.run();
    await turns(50);
    expect(client.taken).toHaveLength(500);
    client.onPull = undefined;
    campaign.resume();
    expect(await end).toMatchObject({ state: "finished", accepted: 2000 });
  });

  test("stop waits for those under way, and returns the others", async () => {
    const journal = new MemoryJournal();
    const client = new FakeClient();
    const campaign = await Campaign.open({ ...common, client, journal });
    client.onPull = () => {
      if (client.taken.length === 300) campaign.stop();
    };
    const report = await campaign.run();
    expect(report).toMatchObject({
      state: "stopped",
      accepted: client.taken.length,
      underWay: 0,
      inDoubt: 0,
    });
    expect(client.taken.length).toBeLessThan(302);
    const second = new FakeClient();
    const all = await (await Campaign.open({ ...common, client: second, journal })).run();
    expect(all).toMatchObject({ state: "finished", accepted: 2000, resentRecipients: [] });
    expect(client.taken.length + second.taken.length).toBe(2000);
  });

  test("cancel is for good", async () => {
    const journal = new MemoryJournal();
    const client = new FakeClient();
    const campaign = await Campaign.open({ ...common, client, journal });
    client.onPull = () => {
      if (client.taken.length === 300) campaign.cancel();
    };
    expect(await campaign.run()).toMatchObject({ state: "cancelled", underWay: 0 });
    const second = new FakeClient();
    expect(await (await Campaign.open({ ...common, client: second, journal })).run()).toMatchObject({
      state: "cancelled",
    });
    expect(second.taken).toEqual([]);
  });

  test("a signal gives up what is under way: it is in doubt, and the rest is not", async () => {
    const journal = new MemoryJournal();
    const client = new FakeClient((_, place) => (place < 100 ? { result: "accepted" } : undefined));
    const controller = new AbortController();
    client.onPull = () => {
      if (client.taken.length === 130) controller.abort();
    };
    const { signal } = controller;
    const campaign = await Campaign.open({ ...common, client, journal, signal, inDoubt: "report" });
    const report = await campaign.run();
    expect(campaign.stopReason).toBe("signal");
    expect(report.state).toBe("stopped");
    const given = client.taken.length;
    expect(report.accepted).toBe(100);
    expect(report.inDoubtRecipients).toEqual([{ from: 100, to: given }]);
    const second = new FakeClient();
    const all = await (await Campaign.open({ ...common, client: second, journal })).run();
    expect(all).toMatchObject({ accepted: 2000 - (given - 100), inDoubt: given - 100 });
  });

  test("a signal that has fired already sends nothing", async () => {
    const client = new FakeClient();
    const signal = AbortSignal.abort();
    const campaign = await Campaign.open({ ...common, client, journal: new MemoryJournal(), signal });
    expect(await campaign.run()).toMatchObject({ state: "stopped", accepted: 0, underWay: 0 });
    expect(client.taken).toEqual([]);
  });

  test("a rate holds recipients back by the clock", async () => {
    const clock = new ManualClock();
    const client = new FakeClient();
    const recipients = tokens(30);
    const journal = new MemoryJournal();
    const campaign = await Campaign.open({ ...common, recipients, client, journal, clock, rate: 10 });
    const end = campaign.run();
    await turns();
    const first = client.taken.length;
    expect(first).toBeLessThanOrEqual(1);
    for (let step = 0; step < 10; step++) {
      clock.advance(100);
      await turns();
    }
    expect(client.taken.length).toBeGreaterThanOrEqual(9);
    expect(client.taken.length).toBeLessThanOrEqual(12);
    while (client.taken.length < 30) {
      clock.advance(100);
      await turns();
    }
    clock.advance(100);
    expect(await end).toMatchObject({ state: "finished", accepted: 30 });
  });

  test("progress tells the figures, and at the end all of them", async () => {
    const campaign = await Campaign.open({
      ...common,
      client: new FakeClient(),
      journal: new MemoryJournal(),
    });
    const seen: number[] = [];
    campaign.on("progress", ({ accepted }) => seen.push(accepted));
    await campaign.run();
    expect(seen.at(-1)).toBe(2000);
    expect([...seen].sort((a, b) => a - b)).toEqual(seen);
  });

  test("a campaign is worked on once for each time that it is opened", async () => {
    const campaign = await Campaign.open({
      ...common,
      client: new FakeClient(),
      journal: new MemoryJournal(),
    });
    const [first, second] = await Promise.all([campaign.run(), campaign.run()]);
    expect(second).toBe(first);
    await expect(campaign[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: "ERR_APNS_CAMPAIGN_STARTED",
    });
  });

  test("what the source throws comes out behind all outcomes, and the campaign can be resumed", async () => {
    const journal = new MemoryJournal();
    const client = new FakeClient();
    const broken = function* () {
      yield* common.recipients.slice(0, 1500);
      throw new RangeError("the database is gone");
    };
    const campaign = await Campaign.open({ ...common, recipients: broken, client, journal });
    await expect(campaign.run()).rejects.toThrow("the database is gone");
    expect(campaign.report()).toMatchObject({ state: "stopped", underWay: 0, accepted: 1000 });
    const report = await (await Campaign.open({ ...common, client: new FakeClient(), journal })).run();
    expect(report).toMatchObject({ state: "finished", accepted: 2000 });
  });

  test("console.log shows one line without recipients", async () => {
    const campaign = await Campaign.open({
      ...common,
      client: new FakeClient(),
      journal: new MemoryJournal(),
    });
    await campaign.run();
    expect(inspect(campaign)).toBe(
      "Campaign { name: 'c', state: 'finished', seen: 2000, accepted: 2000, underWay: 0, inDoubt: 0 }",
    );
  });

  test("a journal on disk is cancelled without a client", async () => {
    using folder = new Folder();
    const journal = folder.file("j");
    const client = new FakeClient();
    const campaign = await Campaign.open({ ...common, client, journal, data: { file: "users.csv" } });
    client.onPull = () => {
      if (client.taken.length === 10) campaign.stop();
    };
    await campaign.run();
    expect(await cancelCampaign(journal)).toMatchObject({ state: "cancelled" });
    const { report, data } = await readCampaign(journal);
    expect(report.state).toBe("cancelled");
    expect(data).toEqual({ file: "users.csv" });
  });

  test("a journal is removed once its campaign is finished or cancelled, or if that is asked for", async () => {
    using folder = new Folder();
    const client = new FakeClient();
    const stopped = async (journal: string) => {
      const campaign = await Campaign.open({ ...common, client, journal });
      client.onPull = () => campaign.stop();
      await campaign.run();
      expect(await removeCampaign(journal).catch((error: unknown) => error)).toMatchObject({
        code: "ERR_APNS_CAMPAIGN_UNFINISHED",
      });
      expect((await readCampaign(journal)).report.state).toBe("stopped");
      return journal;
    };
    const cancelled = await stopped(folder.file("a"));
    await cancelCampaign(cancelled);
    expect(await removeCampaign(cancelled)).toMatchObject({ name: "c", state: "cancelled" });
    await removeCampaign(await stopped(folder.file("b")), { unfinished: true });
    expect(readdirSync(folder.file("."))).toEqual([]);
  });

  test("a journal in use is not removed", async () => {
    using folder = new Folder();
    const journal = folder.file("j");
    const campaign = await Campaign.open({ ...common, client: new FakeClient(), journal });
    expect(
      await removeCampaign(journal, { unfinished: true }).catch((error: unknown) => error),
    ).toMatchObject({
      code: "ERR_APNS_JOURNAL_IN_USE",
    });
    await campaign.run();
    expect(existsSync(journal)).toBe(true);
  });
});
