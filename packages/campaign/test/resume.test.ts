import { failOnLeaks } from "@apnskit/testkit/leaks";
import { alert } from "apnskit";
import { describe, expect, test } from "vitest";
import { apnsIdFor, Campaign, type CampaignReport, type IndexRange } from "../src/index.ts";
import { FakeClient, unregistered } from "./kit/fake-client.ts";
import { tokens } from "./kit/folder.ts";
import { MemoryJournal } from "./kit/memory-journal.ts";

failOnLeaks();

const hello = alert({ body: "Hello" });
const accepted = { result: "accepted", status: 200, tokenIsDead: false, retryable: false } as const;
const COUNT = 3000;
const LIST = tokens(COUNT);
const common = { name: "c", recipients: LIST, notification: hello, blockSize: 100 } as const;

function placesIn(ranges: readonly IndexRange[]): number[] {
  return ranges.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, at) => from + at));
}

/** Runs a campaign that is killed after so many outcomes: what is in the journal by then is all that is left. */
async function kill(
  journal: MemoryJournal,
  after: number,
  options: { readonly inDoubt?: "resend" | "skip" | "report"; readonly collapse?: boolean } = {},
): Promise<{ readonly left: MemoryJournal; readonly client: FakeClient; readonly given: number }> {
  const client = new FakeClient();
  const campaign = await Campaign.open({ ...common, ...options, client, journal });
  let outcomes = 0;
  let left: MemoryJournal | undefined;
  let given = 0;
  for await (const _ of campaign) {
    outcomes++;
    if (outcomes < after) continue;
    left = journal.crash();
    given = client.taken.length;
    break;
  }
  return { left: left!, client, given };
}

function places(client: FakeClient, upTo = client.taken.length): number[] {
  return client.tokens.slice(0, upTo).map((token) => Number.parseInt(token, 16));
}

describe("after a crash", () => {
  test.each([1, 2, 60, 255, 256, 257, 1000, 2999])(
    "each recipient has an outcome or is named in doubt with the policy report (killed after %i outcomes)",
    async (after) => {
      const { left, client, given } = await kill(new MemoryJournal(), after, { inDoubt: "report" });
      const second = new FakeClient();
      const report = await (await Campaign.open({ ...common, client: second, journal: left })).run();
      expect(report.state).toBe("finished");
      expect(report.accepted + report.inDoubt).toBe(COUNT);
      const twice = new Set(places(client, given));
      expect(places(second).filter((place) => twice.has(place))).toEqual([]);
      const named = new Set(placesIn(report.inDoubtRecipients));
      const reached = new Set([...places(client, given), ...places(second)]);
      // Not one is lost: whoever was not sent to is named.
      for (let place = 0; place < COUNT; place++) expect(reached.has(place) || named.has(place)).toBe(true);
    },
  );

  test.each([1, 60, 256, 1000, 2999])(
    "only recipients in doubt get the push again with the policy resend, under the same ids (killed after %i)",
    async (after) => {
      const { left, client, given } = await kill(new MemoryJournal(), after);
      const second = new FakeClient();
      const report = await (await Campaign.open({ ...common, client: second, journal: left })).run();
      expect(report).toMatchObject({ state: "finished", accepted: COUNT, inDoubt: 0 });
      const resent = new Set(placesIn(report.resentRecipients));
      const first = new Map(
        client.taken.slice(0, given).map(({ token, notification }) => [token, notification]),
      );
      for (const { token, notification } of second.taken) {
        const before = first.get(token);
        if (before === undefined) continue;
        expect(resent.has(Number.parseInt(token, 16))).toBe(true);
        expect(notification.id).toBe(before.id);
        expect(notification.collapseId).toBe(before.collapseId);
      }
      expect(new Set(places(second)).size).toBe(second.taken.length);
    },
  );

  test("skip leaves them out as report does", async () => {
    const { left } = await kill(new MemoryJournal(), 700, { inDoubt: "skip" });
    const report = await (await Campaign.open({ ...common, client: new FakeClient(), journal: left })).run();
    expect(report.inDoubtPolicy).toBe("skip");
    expect(report.accepted + report.inDoubt).toBe(COUNT);
    expect(report.inDoubt).toBeGreaterThan(0);
  });

  test("the default is resend with collapse ids, and report without", async () => {
    const withIds = await Campaign.open({
      ...common,
      client: new FakeClient(),
      journal: new MemoryJournal(),
    });
    const client = new FakeClient();
    const without = await Campaign.open({ ...common, collapse: false, client, journal: new MemoryJournal() });
    expect(withIds.report().inDoubtPolicy).toBe("resend");
    expect((await without.run()).inDoubtPolicy).toBe("report");
    expect(client.taken[3]?.notification).toMatchObject({ id: apnsIdFor("c", 3), collapseId: undefined });
    await withIds.close();
  });

  test("the client gets no recipient before the journal knows it", async () => {
    const journal = new MemoryJournal();
    const client = new FakeClient();
    const missing: string[] = [];
    client.onPull = () => {
      const known = new Set<number>();
      for (const record of journal.appends.flat()) {
        if (record.kind !== "handed-out") continue;
        for (let at = 0; at < record.runs.length; at += 2) {
          for (let place = record.runs[at]!; place < record.runs[at + 1]!; place++) known.add(place);
        }
      }
      const last = client.tokens.at(-1);
      if (last !== undefined && !known.has(Number.parseInt(last, 16))) missing.push(last);
    };
    await (await Campaign.open({ ...common, recipients: LIST.slice(0, 600), client, journal })).run();
    expect(missing).toEqual([]);
    expect(client.taken).toHaveLength(600);
  });

  test("dead tokens are listed once over all runs, and the report adds up", async () => {
    let journal = new MemoryJournal();
    let report: CampaignReport | undefined;
    for (const stopAfter of [100, 900, 1700, Number.POSITIVE_INFINITY]) {
      const client = new FakeClient(({ token }) =>
        Number.parseInt(token, 16) % 10 === 0 ? unregistered(5000) : accepted,
      );
      const campaign = await Campaign.open({ ...common, client, journal });
      let outcomes = 0;
      for await (const _ of campaign) if (++outcomes === stopAfter) break;
      report = campaign.report();
      journal = journal.crash();
    }
    expect(report).toMatchObject({ state: "finished", rejected: 300, accepted: 2700 });
    expect(report?.deadTokens.map(({ index }) => index)).toEqual(
      Array.from({ length: 300 }, (_, at) => at * 10),
    );
    expect(report?.deadTokens.every(({ timestamp }) => timestamp === 5000)).toBe(true);
  });

  test("a finished campaign that is opened again sends nothing", async () => {
    const journal = new MemoryJournal();
    await (await Campaign.open({ ...common, client: new FakeClient(), journal })).run();
    const client = new FakeClient();
    const report = await (await Campaign.open({ ...common, client, journal })).run();
    expect(client.taken).toEqual([]);
    expect(report).toMatchObject({ state: "finished", accepted: COUNT });
  });

  test("a claim that another process has taken stops at once and writes nothing more", async () => {
    const journal = new MemoryJournal();
    const client = new FakeClient();
    const campaign = await Campaign.open({ ...common, client, journal });
    let appends = 0;
    await expect(async () => {
      for await (const { index } of campaign) {
        if (index !== 0) continue;
        await journal.claim();
        appends = journal.appends.length;
      }
    }).rejects.toMatchObject({ code: "ERR_APNS_CLAIM_LOST" });
    expect(journal.appends).toHaveLength(appends);
    expect(client.taken.length).toBeLessThan(COUNT);
  });
});

describe("what never left", () => {
  const timeout = {
    result: "unsent",
    error: { code: "ERR_APNS_TIMEOUT", message: "no connection" },
    tokenIsDead: false,
    retryable: true,
  } as const;

  test("is sent again when the campaign is resumed", async () => {
    const journal = new MemoryJournal();
    const client = new FakeClient((_, place) => (place % 100 === 5 ? timeout : accepted));
    const first = await (await Campaign.open({ ...common, client, journal })).run();
    expect(first).toMatchObject({ state: "finished", unsent: 30, accepted: 2970 });
    const second = new FakeClient();
    const report = await (await Campaign.open({ ...common, client: second, journal })).run();
    expect(places(second)).toEqual(Array.from({ length: 30 }, (_, at) => at * 100 + 5));
    expect(report).toMatchObject({ state: "finished", unsent: 0, accepted: COUNT, reasons: {} });
  });

  test("stays as it is with retryUnsent false", async () => {
    const journal = new MemoryJournal();
    const client = new FakeClient((_, place) => (place === 5 ? timeout : accepted));
    await (await Campaign.open({ ...common, client, journal })).run();
    const second = new FakeClient();
    const campaign = await Campaign.open({ ...common, client: second, journal, retryUnsent: false });
    expect(await campaign.run()).toMatchObject({ unsent: 1 });
    expect(second.taken).toEqual([]);
  });

  test("an outage stops the campaign, which goes on later", async () => {
    const journal = new MemoryJournal();
    const client = new FakeClient(() => timeout);
    const campaign = await Campaign.open({ ...common, client, journal });
    expect(await campaign.run()).toMatchObject({ state: "stopped" });
    expect(campaign.stopReason).toBe("unreachable");
    expect(client.taken.length).toBeLessThan(1200);
    const report = await (await Campaign.open({ ...common, client: new FakeClient(), journal })).run();
    expect(report).toMatchObject({ state: "finished", accepted: COUNT });
  });

  test("credentials that APNs refuses stop the campaign, and those who were refused get the push later", async () => {
    const journal = new MemoryJournal();
    const refused = {
      result: "rejected",
      status: 403,
      reason: "InvalidProviderToken",
      advice: "fix-credentials",
      tokenIsDead: false,
      retryable: false,
    } as const;
    const client = new FakeClient(() => refused);
    const campaign = await Campaign.open({ ...common, client, journal });
    await campaign.run();
    expect(campaign.stopReason).toBe("credentials");
    expect(client.taken.length).toBeLessThan(100);
    const report = await (await Campaign.open({ ...common, client: new FakeClient(), journal })).run();
    expect(report).toMatchObject({ state: "finished", accepted: COUNT, rejected: 0 });
  });
});

test("a run that stops while its source is still reading goes on with the rest", async () => {
  const source = async function* (): AsyncGenerator<string> {
    for (const [at, token] of LIST.entries()) {
      // As a database that sends a page at a time.
      if (at % 10 === 0) await new Promise(setImmediate);
      yield token;
    }
  };
  for (let after = 1; after < 60; after += 3) {
    const journal = new MemoryJournal();
    const options = { ...common, recipients: source, notification: hello, journal };
    const client = new FakeClient();
    const campaign = await Campaign.open({ ...options, client });
    client.onPull = () => {
      if (client.taken.length === after) setImmediate(() => campaign.stop());
    };
    expect((await campaign.run()).state).toBe("stopped");
    await campaign.close();
    const resumed = await Campaign.open({ ...options, client: new FakeClient() });
    expect(await resumed.run()).toMatchObject({ state: "finished", count: COUNT, accepted: COUNT });
    await resumed.close();
  }
});
