import { alert, type Notification } from "apnskit";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  type CampaignContent,
  type CampaignOptions,
  type CampaignReport,
  Campaigns,
  CampaignWorker,
  type CampaignWorkerOptions,
  type PostgresStore,
  type RedisStore,
} from "../src/index.ts";
import { device, PushBench } from "./kit/pushes.ts";
import { describeStores, type StoreBench } from "./kit/stores.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

let names = 0;

/** One campaign, on a queue of its own. */
function campaignOf(bench: StoreBench, pushes: PushBench, options: Partial<CampaignOptions> = {}) {
  const name = `campaign-${++names}`;
  const queue = `queue-${names}`;
  const open = () => {
    const store = bench.openStore() as RedisStore | PostgresStore;
    closing.push(() => store.close());
    return store;
  };
  const campaigns = new Campaigns({ store: open(), queue });
  closing.push(() => campaigns.close());
  const given: CampaignContent<string> = {
    recipients: (from, to) => Array.from({ length: to - from }, (_, at) => device(from + at)),
    notification: alert({ title: "Summer sale" }),
  };
  const work = (
    more: Partial<CampaignWorkerOptions> = {},
    content: Partial<CampaignContent<string>> = {},
  ) => {
    const worker = new CampaignWorker({
      store: open(),
      client: pushes.apns,
      queue,
      content: () => ({ ...given, ...content }) as never,
      ...more,
    });
    closing.push(() => worker.close({ drain: 0, limit: 2_000 }));
    return worker;
  };
  const start = () => campaigns.start({ name, count: 1_000, rangeSize: 300, ...options });
  const ended = async (state = "finished"): Promise<CampaignReport> => {
    await vi.waitFor(async () => expect((await campaigns.report(name)).state).toBe(state), {
      timeout: 40_000,
      interval: 50,
    });
    return campaigns.report(name);
  };
  return { name, campaigns, work, start, ended };
}

describeStores("a campaign", (bench) => {
  it("reaches everyone once, whichever workers take its ranges, and its parent job ends with the report", async () => {
    await using pushes = await PushBench.open({}, { ledger: { tally: ["apns-id", "collapse-id"] } });
    pushes.server.devices.unregister(device(7));
    const { campaigns, work, start, ended, name } = campaignOf(bench(), pushes);
    await start();
    const worker = work();
    const reported = new Promise<unknown>((resolve) => {
      for (const one of [worker, work()]) {
        one.bullmq.on("completed", (job, result) => {
          if (job.name === "report") resolve(result);
        });
      }
    });
    const report = await ended();
    expect(report).toMatchObject({
      count: 1_000,
      accepted: 999,
      rejected: 1,
      unsent: 0,
      unknown: 0,
      inDoubt: 0,
    });
    expect(report).toMatchObject({ pending: 0, resentRecipients: [], reasons: { Unregistered: 1 } });
    expect(report.deadTokens).toEqual([
      { index: 7, token: device(7), reason: "Unregistered", timestamp: expect.any(Number) },
    ]);
    expect(pushes.server.ledger.totals.acted).toBe(999);
    expect(await reported).toEqual(report);
    // Queued once more, as after a call whose outcome is not known, it is left as it is.
    await start();
    expect(await campaigns.report(name)).toEqual(report);
  });

  it("goes on where another worker stopped, and nobody gets it twice", async () => {
    await using pushes = await PushBench.open({}, { latency: { median: 5, p99: 20 } });
    const { work, start, ended, campaigns, name } = campaignOf(bench(), pushes, { count: 3_000 });
    await start();
    const first = work({ concurrency: 2 });
    await vi.waitFor(() => expect(pushes.server.ledger.totals.acted).toBeGreaterThan(300), {
      timeout: 20_000,
    });
    expect(await first.close({ drain: 5_000 })).toBe(true);
    const halfway = await campaigns.report(name);
    expect(halfway).toMatchObject({ state: "running", inDoubt: 0 });
    expect(halfway.accepted).toBe(pushes.server.ledger.totals.acted);
    expect(halfway.accepted).toBeLessThan(3_000);
    work();
    expect(await ended()).toMatchObject({ accepted: 3_000, inDoubt: 0, resentRecipients: [] });
    expect(pushes.server.ledger.totals.acted).toBe(3_000);
  });

  it.each<["resend" | "report" | "skip"]>([["resend"], ["report"], ["skip"]])(
    "that stops while APNs is silent names those in doubt, and does by the policy %s",
    async (inDoubt) => {
      await using pushes = await PushBench.open({ timeout: 60_000 }, { ledger: { tally: ["collapse-id"] } });
      const { work, start, ended } = campaignOf(bench(), pushes, { count: 200, rangeSize: 100, inDoubt });
      await start();
      await pushes.apns.send(device(999_999), alert({ title: "first" }));
      pushes.server.inject({ kind: "stall" });
      const first = work();
      await vi.waitFor(() => expect(pushes.server.faults[0]!.hits).toBe(200), { timeout: 20_000 });
      expect(await first.close({ drain: 10 })).toBe(true);
      pushes.server.clearFaults();
      work();
      const report = await ended();
      if (inDoubt === "resend") {
        expect(report).toMatchObject({ accepted: 200, inDoubt: 0, resentRecipients: [{ from: 0, to: 200 }] });
      } else {
        expect(report).toMatchObject({ accepted: 0, inDoubt: 200, resentRecipients: [] });
        expect(report.inDoubtRecipients).toEqual(inDoubt === "report" ? [{ from: 0, to: 200 }] : []);
      }
      expect(pushes.server.ledger.totals.acted - 1).toBe(inDoubt === "resend" ? 200 : 0);
    },
  );

  it("has no more pushes under way than the worker may have, over all ranges", async () => {
    await using pushes = await PushBench.open({ timeout: 60_000 });
    const { work, start, ended } = campaignOf(bench(), pushes, { count: 400, rangeSize: 100 });
    await start();
    await pushes.apns.send(device(999_999), alert({ title: "first" }));
    const stall = pushes.server.inject({ kind: "stall" });
    const worker = work({ maxUnderWay: 40 });
    await vi.waitFor(() => expect(pushes.server.faults[0]!.hits).toBe(40), { timeout: 20_000 });
    const { inflight, queued } = pushes.apns.stats().push;
    expect({ inflight, queued }).toEqual({ inflight: 40, queued: 0 });
    expect(stall.hits).toBe(40);
    pushes.server.clearFaults();
    expect(await worker.close({ drain: 0 })).toBe(true);
    work();
    const report = await ended();
    expect(report.accepted).toBe(400);
    expect(report.resentRecipients.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(40);
  });

  it("goes on soon after a connection was lost, which BullMQ on PostgreSQL calls a failed job", async () => {
    await using pushes = await PushBench.open();
    const { work, start, ended } = campaignOf(bench(), pushes, { count: 200, rangeSize: 100 });
    await start();
    let losses = 0;
    work(
      {},
      {
        recipients: (from, to) => {
          if (losses++ < 2) throw new Error("Connection terminated unexpectedly");
          return Array.from({ length: to - from }, (_, at) => device(from + at));
        },
      },
    );
    expect(await ended()).toMatchObject({ accepted: 200, resentRecipients: [] });
  });

  it("names those whose push certainly did not reach APNs", async () => {
    await using pushes = await PushBench.open();
    const { work, start, ended } = campaignOf(bench(), pushes, { count: 200, rangeSize: 100 });
    await start();
    work(
      {},
      {
        recipients: (from, to) =>
          Array.from({ length: to - from }, (_, at) =>
            from + at < 98 || from + at > 101 ? device(from + at) : "none",
          ),
      },
    );
    const report = await ended();
    expect(report).toMatchObject({ accepted: 196, unsent: 4, unsentRecipients: [{ from: 98, to: 102 }] });
    expect(pushes.server.ledger.totals.acted).toBe(196);
  });

  it("that is cancelled stops at once, and goes on when it is resumed", async () => {
    await using pushes = await PushBench.open({}, { latency: { median: 20, p99: 40 } });
    const { work, start, ended, campaigns, name } = campaignOf(bench(), pushes, {
      count: 8_000,
      rangeSize: 1_000,
    });
    await start();
    work();
    await vi.waitFor(() => expect(pushes.server.ledger.totals.acted).toBeGreaterThan(200), {
      timeout: 20_000,
    });
    await campaigns.cancel(name);
    const report = await ended("cancelled");
    expect(report.pending).toBeGreaterThan(0);
    await expect(campaigns.cancel("another")).rejects.toMatchObject({ code: "ERR_APNS_UNKNOWN_CAMPAIGN" });
    await vi.waitFor(
      async () => {
        await campaigns.resume(name);
        expect((await campaigns.report(name)).state).toBe("finished");
      },
      { timeout: 40_000, interval: 500 },
    );
    const end = await ended();
    expect(end.accepted + end.inDoubt).toBe(8_000);
    expect(end.pending).toBe(0);
  });

  it("keeps to its rate over all workers", async () => {
    await using pushes = await PushBench.open();
    const { work, start, ended } = campaignOf(bench(), pushes, { count: 300, rangeSize: 50, perSecond: 150 });
    await start();
    work();
    work();
    const { startedAt, endedAt, accepted } = await ended();
    expect(accepted).toBe(300);
    // 15 may leave at once, the others in (300 − 15) / 150 s.
    expect(endedAt! - startedAt!).toBeGreaterThan(1_700);
  });

  it("makes a notification for each recipient, and keeps its collapse id", async () => {
    await using pushes = await PushBench.open();
    const { work, start, ended } = campaignOf(bench(), pushes, { count: 3 });
    await start();
    work({}, {
      recipients: async function* (from: number, to: number) {
        for (let at = from; at < to; at++) yield { token: device(at), name: `N${at}` };
      },
      notification: (recipient: { name: string }, index: number): Notification =>
        alert({ title: `${recipient.name}/${index}`, ...(index === 1 && { collapseId: "own" }) }),
    } as never);
    await ended();
    const received = await pushes.server.received({ count: 3 });
    const titles = received.map(({ payload }) => JSON.parse(payload!).aps.alert.title).sort();
    expect(titles).toEqual(["N0/0", "N1/1", "N2/2"]);
    expect(received.filter(({ collapseId }) => collapseId === "own")).toHaveLength(1);
  });
});

describeStores("a campaign that is not what it was", (bench) => {
  async function halfDone(pushes: PushBench) {
    const campaign = campaignOf(bench(), pushes, { count: 100, rangeSize: 100 });
    await campaign.start();
    await pushes.apns.send(device(999_999), alert({ title: "first" }));
    pushes.server.inject({ kind: "stall" });
    const first = campaign.work();
    await vi.waitFor(() => expect(pushes.server.faults[0]!.hits).toBe(100), { timeout: 20_000 });
    await first.close({ drain: 0 });
    pushes.server.clearFaults();
    return campaign;
  }

  it.each<[string, Partial<CampaignContent<string>>, RegExp]>([
    [
      "other recipients",
      { recipients: (from, to) => Array.from({ length: to - from }, (_, at) => device(at + 1)) },
      /the recipients differ from those that the campaign began with/,
    ],
    ["fewer recipients", { recipients: () => [device(1)] }, /must give 100 recipients; received 1/],
    [
      "more recipients",
      { recipients: () => Array.from({ length: 101 }, (_, at) => device(at)) },
      /must give 100 recipients; received more/,
    ],
    ["no list of recipients", { recipients: () => 7 as never }, /must return an iterable of recipients/],
    [
      "another notification",
      { notification: alert({ title: "Winter sale" }) },
      /began with another notification/,
    ],
  ])("by %s is refused for good, and nothing is sent", async (_, content, reason) => {
    await using pushes = await PushBench.open({ timeout: 60_000 });
    const { work } = await halfDone(pushes);
    const before = pushes.server.ledger.totals.arrived;
    const worker = work({}, content);
    const failed = new Promise<Error>((resolve) =>
      worker.bullmq.once("failed", (_job, error) => resolve(error)),
    );
    expect((await failed).message).toMatch(reason);
    expect((await failed).name).toBe("UnrecoverableError");
    expect(pushes.server.ledger.totals.arrived).toBe(before);
  });

  it.each<[object, string]>([
    [{ count: 101 }, "count"],
    [{ rangeSize: 50 }, "rangeSize"],
    [{ inDoubt: "skip" }, "inDoubt"],
    [{ data: { other: true } }, "data"],
  ])("by %j cannot be started under the same name", async (other, field) => {
    await using pushes = await PushBench.open();
    const { campaigns, name, start } = campaignOf(bench(), pushes, { count: 100, rangeSize: 100 });
    await start();
    await expect(campaigns.start({ name, count: 100, rangeSize: 100, ...other })).rejects.toMatchObject({
      code: "ERR_APNS_CAMPAIGN_DIFFERS",
      message: expect.stringContaining(field),
    });
  });

  it("since it was removed is unknown, and its name may be used again", async () => {
    await using pushes = await PushBench.open();
    const { campaigns, name, start, work, ended } = campaignOf(bench(), pushes, { count: 10 });
    await start();
    await campaigns.remove(name);
    await expect(campaigns.report(name)).rejects.toMatchObject({ code: "ERR_APNS_UNKNOWN_CAMPAIGN" });
    await start();
    work();
    expect(await ended()).toMatchObject({ accepted: 10 });
  });
});

describe("the options of campaigns", () => {
  it.each<[object, string]>([
    [{ name: "a b", count: 1 }, "name"],
    [{ name: "", count: 1 }, "name"],
    [{ name: "a" }, "count"],
    [{ name: "a", count: 0 }, "count"],
    [{ name: "a", count: 1.5 }, "count"],
    [{ name: "a", count: 1, rangeSize: 0 }, "rangeSize"],
    [{ name: "a", count: 1, inDoubt: "later" }, "inDoubt"],
    [{ name: "a", count: 1, perSecond: 0 }, "perSecond"],
    [{ name: "a", count: 1, collapse: 1 }, "collapse"],
    [{ name: "a", count: 1, data: { big: 1n } }, "data"],
    [{ name: "a", count: 1, recipients: [] }, "recipients"],
  ])("%o: %s is refused", async (options, option) => {
    const { readPlan } = await import("../src/campaign/campaign-plan.ts");
    expect(() => readPlan(options as never)).toThrow(expect.objectContaining({ option }));
  });

  it.each<[object, string]>([
    [{}, "store"],
    [{ store: {} }, "store"],
    [{ store: undefined, queue: "x" }, "store"],
  ])("%o: %s is refused", (options, option) => {
    expect(() => new Campaigns(options as never)).toThrow(expect.objectContaining({ option }));
    expect(() => new CampaignWorker(options as never)).toThrow(expect.objectContaining({ option }));
  });
});
