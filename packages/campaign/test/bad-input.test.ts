import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { ApnskitError, alert } from "apnskit";
import { describe, expect, test } from "vitest";
import {
  Campaign,
  type CampaignOptions,
  cancelCampaign,
  FileJournal,
  readCampaign,
  removeCampaign,
} from "../src/index.ts";
import { FakeClient } from "./kit/fake-client.ts";
import { Folder, tokens } from "./kit/folder.ts";

failOnLeaks();

const notification = alert({ body: "Hello" });
const LIST = tokens(1200);

async function failure(promise: Promise<unknown>): Promise<ApnskitError> {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(ApnskitError);
  expect((error as Error).message.length).toBeGreaterThan(20);
  return error as ApnskitError;
}

describe("options that cannot be are refused before the journal is touched", () => {
  const cases: [string, Record<string, unknown>][] = [
    ["client", { client: {} }],
    ["client", { client: undefined }],
    ["name", { name: "" }],
    ["name", { name: "a/b" }],
    ["name", { name: "x".repeat(101) }],
    ["recipients", { recipients: 7 }],
    ["recipients", { recipients: "abab" }],
    ["recipients", { recipients: new Uint8Array(4) }],
    ["notification", { notification: { aps: {} } }],
    ["journal", { journal: "" }],
    ["journal", { journal: {} }],
    ["inDoubt", { inDoubt: "retry" }],
    ["collapse", { collapse: 1 }],
    ["retryUnsent", { retryUnsent: "no" }],
    ["create", { create: "no" }],
    ["rate", { rate: 0 }],
    ["rate", { rate: "10" }],
    ["rate", { rate: Number.NaN }],
    ["concurrency", { concurrency: 0 }],
    ["timeout", { timeout: -1 }],
    ["blockSize", { blockSize: 0 }],
    ["blockSize", { blockSize: 1.5 }],
    ["signal", { signal: new AbortController() }],
    ["data", { data: 1n }],
    ["data", { data: () => 1 }],
    ["clock", { clock: {} }],
    ["inDobt", { inDobt: "skip" }],
  ];

  test.each(cases)("%s: %o", async (option, options) => {
    using folder = new Folder();
    const journal = folder.file("j");
    const usual = { client: new FakeClient(), name: "c", recipients: LIST, notification, journal };
    const error = await failure(Campaign.open({ ...usual, ...options } as CampaignOptions));
    expect(error.code).toBe("ERR_APNS_INVALID_OPTION");
    expect(error).toMatchObject({ option });
    expect(() => readFileSync(journal)).toThrow();
  });
});

describe("a campaign that began otherwise", () => {
  const differences: [string, Partial<CampaignOptions>][] = [
    ["name", { name: "d" }],
    ["notification", { notification: alert({ body: "Goodbye" }) }],
    ["notification", { notification: () => notification }],
    ["notification", { notification: notification.with({ priority: 5 }) }],
    ["inDoubt", { inDoubt: "report" }],
    ["collapse", { collapse: false }],
    ["blockSize", { blockSize: 500 }],
    ["recipients", { recipients: LIST.slice(1) }],
  ];

  test.each(differences)("is refused with another %s", async (field, options) => {
    using folder = new Folder();
    const client = new FakeClient();
    const usual = { client, name: "c", recipients: LIST, notification, journal: folder.file("j") };
    await (await Campaign.open(usual)).close();
    const before = readFileSync(folder.file("j")).length;
    const error = await failure(Campaign.open({ ...usual, ...options } as CampaignOptions));
    expect(error).toMatchObject({ code: "ERR_APNS_CAMPAIGN_DIFFERS", field });
    expect(client.taken).toEqual([]);
    expect(readFileSync(folder.file("j")).length).toBeGreaterThanOrEqual(before);
    await (await Campaign.open(usual)).close();
  });

  test("goes on with another expiration, which is another instant in each process", async () => {
    using folder = new Folder();
    const usual = { client: new FakeClient(), name: "c", recipients: LIST, journal: folder.file("j") };
    await (await Campaign.open({ ...usual, notification })).close();
    const later = notification.with({ expiration: { hours: 2 } });
    await (await Campaign.open({ ...usual, notification: later })).close();
  });
});

describe("recipients that change", () => {
  const swapped = [...LIST];
  [swapped[1010], swapped[1011]] = [swapped[1011]!, swapped[1010]!];
  const changes: [string, readonly string[], number][] = [
    ["another order", swapped, 1000],
    ["another token", [...LIST.slice(0, 150), "ab".repeat(32), ...LIST.slice(151)], 150],
    ["fewer", LIST.slice(0, 1050), 1050],
    ["fewer, by whole blocks", LIST.slice(0, 1000), 1000],
    ["more", [...LIST, "ab".repeat(32)], 1200],
    ["none", [], 0],
  ];

  test.each(changes)(
    "%s: refused, and nothing is sent for the block that differs",
    async (_, changed, index) => {
      using folder = new Folder();
      const journal = folder.file("j");
      const usual = { name: "c", notification, journal, blockSize: 50 };
      const first = new FakeClient((_, place) => (place < 1100 ? { result: "accepted" } : { ...unsent }));
      await (await Campaign.open({ ...usual, client: first, recipients: () => LIST })).run();
      const client = new FakeClient();
      const campaign = await Campaign.open({ ...usual, client, recipients: () => changed });
      const error = await failure(campaign.run());
      expect(error).toMatchObject({ code: "ERR_APNS_RECIPIENTS_CHANGED", index });
      for (const token of client.tokens) expect(LIST.indexOf(token)).toBeLessThan(index);
      expect(campaign.report()).toMatchObject({ state: "stopped", underWay: 0 });
      const again = new FakeClient();
      const report = await (await Campaign.open({ ...usual, client: again, recipients: () => LIST })).run();
      expect(report).toMatchObject({ state: "finished", accepted: 1200 });
    },
  );

  test("something that is no recipient is named by its place", async () => {
    using folder = new Folder();
    const recipients = ["ab", 7, "cd"] as unknown as string[];
    const usual = { client: new FakeClient(), name: "c", notification, journal: folder.file("j") };
    const error = await failure((await Campaign.open({ ...usual, recipients })).run());
    expect(error.message).toContain("recipient 1");
  });

  const unsent = {
    result: "unsent",
    error: { code: "ERR_APNS_TIMEOUT", message: "" },
    tokenIsDead: false,
    retryable: true,
  } as const;
});

describe("journals that cannot be used", () => {
  const usual = { client: new FakeClient(), name: "c", recipients: LIST, notification } as const;

  test("in use by this process", async () => {
    using folder = new Folder();
    const journal = folder.file("j");
    await using _ = await Campaign.open({ ...usual, journal });
    const error = await failure(Campaign.open({ ...usual, journal }));
    expect(error).toMatchObject({ code: "ERR_APNS_JOURNAL_IN_USE", pid: process.pid });
    expect((await readCampaign(journal)).report.state).toBe("running");
    expect(await failure(cancelCampaign(journal))).toMatchObject({ code: "ERR_APNS_JOURNAL_IN_USE" });
  });

  test("a lock whose process is gone is taken, also by one of many at once", async () => {
    using folder = new Folder();
    const journal = folder.file("j");
    const { hostname } = await import("node:os");
    const gone = { pid: 2 ** 22 + 1, host: hostname(), started: "1", claim: "gone" };
    writeFileSync(`${journal}.lock`, JSON.stringify(gone));
    const tries = await Promise.allSettled(
      Array.from({ length: 8 }, () => Campaign.open({ ...usual, journal })),
    );
    const opened = tries.filter(({ status }) => status === "fulfilled");
    expect(opened).toHaveLength(1);
    for (const result of tries) {
      if (result.status === "fulfilled") await result.value.close();
      else expect(result.reason).toMatchObject({ code: "ERR_APNS_JOURNAL_IN_USE" });
    }
  });

  test("a lock of a process that had the same number earlier is taken", async () => {
    using folder = new Folder();
    const journal = folder.file("j");
    const { hostname } = await import("node:os");
    const earlier = { pid: process.pid, host: hostname(), started: "1", claim: "earlier" };
    writeFileSync(`${journal}.lock`, JSON.stringify(earlier));
    await (await Campaign.open({ ...usual, journal })).close();
  });

  test("a lock of another host is respected", async () => {
    using folder = new Folder();
    const journal = folder.file("j");
    writeFileSync(`${journal}.lock`, JSON.stringify({ pid: 1, host: "elsewhere", claim: "x" }));
    const error = await failure(Campaign.open({ ...usual, journal }));
    expect(error.message).toContain("elsewhere");
  });

  test("another file is left as it is", async () => {
    using folder = new Folder();
    const journal = folder.file("users.csv");
    writeFileSync(journal, "token,name\nabab,Anna\n");
    const error = await failure(Campaign.open({ ...usual, journal }));
    expect(error).toMatchObject({ code: "ERR_APNS_JOURNAL_DAMAGED" });
    expect(readFileSync(journal, "utf8")).toBe("token,name\nabab,Anna\n");
  });

  test("a folder, a missing folder and a missing journal", async () => {
    using folder = new Folder();
    mkdirSync(folder.file("d"));
    for (const path of [folder.file("d"), folder.file("no/j")]) {
      const error = await failure(Campaign.open({ ...usual, journal: path }));
      expect(error).toMatchObject({ code: "ERR_APNS_JOURNAL_FAILED" });
    }
    for (const path of ["none", "no/j", "d", "d/j", "\0"]) {
      for (const call of [readCampaign, cancelCampaign, removeCampaign]) {
        expect(await failure(call(folder.file(path)))).toMatchObject({ code: "ERR_APNS_JOURNAL_FAILED" });
      }
    }
    const missing = Campaign.open({ ...usual, journal: folder.file("new"), create: false });
    expect(await failure(missing)).toMatchObject({ code: "ERR_APNS_CAMPAIGN_MISSING" });
  });

  test("a full disk stops the campaign, which goes on when there is room", async () => {
    using folder = new Folder();
    const path = folder.file("j");
    let room = 900;
    const full = new FileJournal(path, async (name, flags, mode) => {
      const file = await open(name, flags, mode);
      const write = file.write.bind(file) as (...args: unknown[]) => Promise<{ bytesWritten: number }>;
      file.write = (async (bytes: Buffer, offset: number, length: number, position: number) => {
        if (room === 0) throw Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" });
        const part = Math.min(room, length);
        room -= part;
        return write(bytes, offset, part, position);
      }) as never;
      return file;
    });
    const client = new FakeClient();
    const options = { ...usual, recipients: tokens(20_000), journal: full, inDoubt: "report" } as const;
    const error = await failure((await Campaign.open({ ...options, client })).run());
    expect(error).toMatchObject({ code: "ERR_APNS_JOURNAL_FAILED", cause: { code: "ENOSPC" } });
    expect(error.message).toContain("ENOSPC");
    room = Number.POSITIVE_INFINITY;
    const second = new FakeClient();
    const report = await (await Campaign.open({ ...options, client: second })).run();
    expect(report).toMatchObject({ state: "finished", seen: 20_000 });
    expect(report.accepted + report.inDoubt).toBe(20_000);
    const twice = new Set(client.tokens);
    expect(second.tokens.filter((token) => twice.has(token))).toEqual([]);
  });
});
