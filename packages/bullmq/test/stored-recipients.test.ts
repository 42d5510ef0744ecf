import { alert } from "apnskit";
import { afterEach, expect, it, vi } from "vitest";
import { type CampaignContent, Campaigns, CampaignWorker, type SharedStore } from "../src/index.ts";
import { device, PushBench } from "./kit/pushes.ts";
import { describeStores, type StoreBench } from "./kit/stores.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

let names = 0;

function open(bench: StoreBench) {
  const name = `stored-${++names}`;
  const queue = `stored-queue-${names}`;
  const store = bench.openStore() as never;
  const logs = (store as SharedStore).logs;
  const campaigns = new Campaigns({ store, queue });
  closing.push(() => (store as SharedStore).close());
  closing.push(() => campaigns.close());
  const work = (pushes: PushBench, content: CampaignContent) => {
    const worker = new CampaignWorker({ store, client: pushes.apns, queue, content: () => content });
    closing.push(() => worker.close({ drain: 0, limit: 2_000 }));
    return worker;
  };
  const finished = () =>
    vi.waitFor(async () => expect((await campaigns.report(name)).state).toBe("finished"), {
      timeout: 40_000,
      interval: 50,
    });
  return { name, campaigns, work, finished, logs };
}

function* users(count: number) {
  for (let at = 0; at < count; at++) yield { token: device(at), name: `Ada\n${at}` };
}

const notification = (recipient: unknown) => alert({ body: (recipient as { name: string }).name });

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describeStores("recipients that the store keeps", (bench) => {
  it("reach workers that have no other way to them, and leave the store when all have an end", async () => {
    await using pushes = await PushBench.open();
    const { name, campaigns, work, finished, logs } = open(bench());
    const plan = await campaigns.start({ name, recipients: users(2_500), rangeSize: 1_100 });
    expect(plan).toMatchObject({ count: 2_500, recipients: { fingerprint: expect.any(String) } });
    const places = [
      { from: 1_099, to: 1_101 },
      { from: 2_499, to: 2_500 },
    ];
    expect(await all(campaigns.recipients(name, places))).toEqual(
      [1_099, 1_100, 2_499].map((at) => [at, { token: device(at), name: `Ada\n${at}` }]),
    );
    work(pushes, { notification });
    await finished();
    expect(await campaigns.report(name)).toMatchObject({ accepted: 2_500, inDoubt: 0 });
    const received = await pushes.server.received({ count: 2_500 });
    const bodies = new Set(received.map(({ payload }) => JSON.parse(payload!).aps.alert.body));
    expect([...bodies].every((body) => /^Ada\n\d+$/.test(body))).toBe(true);
    // The last range has its end before its recipients are removed.
    const stored = [0, 1, 2].map((range) => `campaign:${name}:recipients:${range}`);
    await vi.waitFor(async () => expect(await logs.read(stored)).toEqual([[], [], []]), { timeout: 20_000 });
    // Started once more, as after a call whose outcome is not known.
    await campaigns.start({ name, recipients: () => users(2_500), rangeSize: 1_100 });
    expect(await campaigns.report(name)).toMatchObject({ state: "finished", accepted: 2_500 });
  });

  it("stay there while one of them is in doubt, so that each can be named", async () => {
    await using pushes = await PushBench.open({ timeout: 60_000 });
    const { name, campaigns, work, finished } = open(bench());
    await campaigns.start({ name, recipients: users(30), rangeSize: 10, inDoubt: "report" });
    await pushes.apns.send(device(999_999), alert({ title: "first" }));
    pushes.server.inject({ kind: "stall" });
    const first = work(pushes, { notification });
    await vi.waitFor(() => expect(pushes.server.faults[0]!.hits).toBe(30), { timeout: 20_000 });
    await first.close({ drain: 0 });
    pushes.server.clearFaults();
    work(pushes, { notification });
    await finished();
    const { inDoubtRecipients } = await campaigns.report(name);
    expect(inDoubtRecipients).toEqual([{ from: 0, to: 30 }]);
    const named = await all(campaigns.recipients(name, inDoubtRecipients));
    expect(named.map(([index, one]) => [index, (one as { token: string }).token])).toEqual(
      Array.from({ length: 30 }, (_, at) => [at, device(at)]),
    );
    await campaigns.remove(name);
    await expect(campaigns.report(name)).rejects.toMatchObject({ code: "ERR_APNS_UNKNOWN_CAMPAIGN" });
  });

  it("cannot become others under the same name", async () => {
    const { name, campaigns } = open(bench());
    await campaigns.start({ name, recipients: users(20), rangeSize: 10 });
    for (const recipients of [users(19), users(21), [...users(20)].reverse()]) {
      await expect(campaigns.start({ name, recipients, rangeSize: 10 })).rejects.toMatchObject({
        code: "ERR_APNS_CAMPAIGN_DIFFERS",
      });
    }
    expect(await all(campaigns.recipients(name, [{ from: 19, to: 20 }]))).toHaveLength(1);
  });

  it("that another call has written over are refused for good, and nothing is sent", async () => {
    await using pushes = await PushBench.open();
    const { name, campaigns, work, logs } = open(bench());
    await campaigns.start({ name, recipients: users(20), rangeSize: 10 });
    const log = `campaign:${name}:recipients:1`;
    const { fence, records } = await logs.take(log);
    await logs.rewrite(log, fence, ["another writer", ...records.slice(1)]);
    const worker = work(pushes, { notification });
    const reason = await new Promise<Error>((resolve) => {
      worker.bullmq.once("failed", (_job, error) => resolve(error));
    });
    expect(reason.message).toMatch(/has other recipients from 10 on/);
    await vi.waitFor(async () => expect((await campaigns.report(name)).accepted).toBe(10), {
      timeout: 20_000,
    });
    expect(pushes.server.ledger.totals.acted).toBe(10);
  });

  it("leave nothing behind when their source fails", async () => {
    const { name, campaigns, logs } = open(bench());
    async function* broken() {
      yield* users(25);
      throw new Error("the database is away");
    }
    await expect(campaigns.start({ name, recipients: broken(), rangeSize: 10 })).rejects.toThrow("is away");
    // The last range has its end before its recipients are removed.
    const stored = [0, 1, 2].map((range) => `campaign:${name}:recipients:${range}`);
    await vi.waitFor(async () => expect(await logs.read(stored)).toEqual([[], [], []]), { timeout: 20_000 });
    await expect(campaigns.report(name)).rejects.toMatchObject({ code: "ERR_APNS_UNKNOWN_CAMPAIGN" });
  });

  it.each<[string, object, string]>([
    ["none", { recipients: [] }, "recipients"],
    ["one that is none", { recipients: [device(1), 5] }, "recipients"],
    ["one that is no JSON", { recipients: [{ token: device(1), big: 1n }] }, "recipients"],
    ["no iterable", { recipients: 5 }, "recipients"],
    ["both a number and recipients", { recipients: [device(1)], count: 1 }, "recipients"],
    ["neither", {}, "count"],
  ])("are refused before anything is queued: %s", async (_, options, option) => {
    const { name, campaigns } = open(bench());
    await expect(campaigns.start({ name, ...options } as never)).rejects.toMatchObject({
      code: "ERR_APNS_INVALID_OPTION",
      option,
    });
    await expect(campaigns.report(name)).rejects.toMatchObject({ code: "ERR_APNS_UNKNOWN_CAMPAIGN" });
  });
});
