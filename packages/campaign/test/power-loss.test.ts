import { copyFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { alert } from "apnskit";
import { describe, expect, test } from "vitest";
import { Campaign, type CheckpointRecord, FileJournal } from "../src/index.ts";
import { CampaignState } from "../src/internal.ts";
import { claimFrame, HEAD } from "../src/journal/frame.ts";
import type { OpenFile } from "../src/journal/machine.ts";
import { FakeClient, unregistered } from "./kit/fake-client.ts";
import { Folder, tokens } from "./kit/folder.ts";

failOnLeaks();

const COUNT = 1500;
const common = {
  name: "c",
  recipients: tokens(COUNT),
  notification: alert({ body: "Hello" }),
  blockSize: 100,
};

/** A journal of a campaign with each kind of record, that was stopped before its end. */
async function makeJournal(path: string): Promise<void> {
  for (const stopAt of [200, 900]) {
    const client = new FakeClient((_, place) =>
      place % 7 === 0 ? unregistered(1000) : { result: "accepted" },
    );
    const campaign = await Campaign.open({ ...common, client, journal: path });
    let outcomes = 0;
    for await (const _ of campaign) if (++outcomes === stopAt) break;
  }
}

async function recordsOf(path: string): Promise<CheckpointRecord[]> {
  const records: CheckpointRecord[] = [];
  for await (const record of new FileJournal(path).read()) records.push(record);
  return records;
}

const shown = (records: readonly CheckpointRecord[]): string[] =>
  records.map((record) => JSON.stringify(record));

describe("after a power loss", () => {
  test("a journal that is cut at any byte of its end holds a beginning of its records, whole", async () => {
    using folder = new Folder();
    const whole = folder.file("whole");
    await makeJournal(whole);
    const all = shown(await recordsOf(whole));
    const bytes = readFileSync(whole);
    const part = folder.file("part");
    let fewest = all.length;
    for (let size = bytes.length; size >= bytes.length - 1200 && size >= 0; size--) {
      writeFileSync(part, bytes.subarray(0, size));
      const found = shown(await recordsOf(part));
      expect(found).toEqual(all.slice(0, found.length));
      expect(found.length).toBeLessThanOrEqual(fewest);
      fewest = found.length;
    }
    expect(fewest).toBeLessThan(all.length);
  });

  test("a journal that is cut within its first octets is begun anew", async () => {
    using folder = new Folder();
    const path = folder.file("j");
    for (let size = 0; size <= 40; size += 5) {
      await makeJournal(path);
      truncateSync(path, size);
      const client = new FakeClient();
      const campaign = await Campaign.open({ ...common, client, journal: path });
      expect(campaign.counts().seen).toBe(0);
      await campaign.close();
      writeFileSync(path, "");
    }
  });

  test("a journal whose first write reached the disk in part only is begun anew", async () => {
    using folder = new Folder();
    const path = folder.file("j");
    const first = Buffer.concat([HEAD, claimFrame(1)]);
    for (let from = 0; from < first.length; from += 3) {
      for (const to of [from + 1, Math.min(from + 8, first.length), first.length]) {
        writeFileSync(path, Buffer.from(first).fill(0, from, to));
        const campaign = await Campaign.open({ ...common, client: new FakeClient(), journal: path });
        expect(campaign.counts().seen).toBe(0);
        await campaign.close();
      }
    }
  });

  test("what a killed process wrote is durable before its successor writes behind it", async () => {
    using folder = new Folder();
    const path = folder.file("j");
    for (const left of [0, 5, HEAD.length, HEAD.length + 5, Number.POSITIVE_INFINITY]) {
      await makeJournal(path);
      if (left !== Number.POSITIVE_INFINITY) truncateSync(path, left);
      let durable: Buffer | undefined;
      let writes = 0;
      const openFile: OpenFile = async (name, flags, mode) => {
        const file = await open(name, flags, mode);
        const { write, datasync } = file;
        file.datasync = async () => {
          await datasync.call(file);
          durable = readFileSync(path);
        };
        file.write = ((...given: Parameters<typeof write>) => {
          writes++;
          expect(durable).toEqual(readFileSync(path));
          return write.apply(file, given);
        }) as typeof write;
        return file;
      };
      await (await new FileJournal(path, openFile).claim()).close();
      expect(writes).toBe(1);
      writeFileSync(path, "");
    }
  });

  test("a journal whose head alone is lost is refused and left as it is", async () => {
    using folder = new Folder();
    const path = folder.file("j");
    await makeJournal(path);
    const bytes = readFileSync(path).fill(0, 0, HEAD.length);
    writeFileSync(path, bytes);
    const client = new FakeClient();
    await expect(Campaign.open({ ...common, client, journal: path })).rejects.toThrow(
      "not a journal of apnskit",
    );
    expect(readFileSync(path)).toEqual(bytes);
  });

  test("a journal whose last 4 KB are zeros goes on with what is before them", async () => {
    using folder = new Folder();
    const whole = folder.file("whole");
    await makeJournal(whole);
    const all = shown(await recordsOf(whole));
    const bytes = readFileSync(whole);
    const path = folder.file("zeroed");
    for (const zeros of [1, 9, 100, 1000, 4096]) {
      writeFileSync(
        path,
        Buffer.concat([bytes.subarray(0, -zeros), Buffer.alloc(Math.min(zeros, bytes.length))]),
      );
      const found = shown(await recordsOf(path));
      expect(found).toEqual(all.slice(0, found.length));
      const report = await (
        await Campaign.open({ ...common, client: new FakeClient(), journal: path })
      ).run();
      expect(report).toMatchObject({ state: "finished", seen: COUNT });
      expect(report.accepted + report.rejected).toBe(COUNT);
    }
  });

  test("a resumed campaign counts only outcomes that are in the journal, and cuts off what is torn", async () => {
    using folder = new Folder();
    const whole = folder.file("whole");
    await makeJournal(whole);
    const { length } = readFileSync(whole);
    const path = folder.file("part");
    for (let cut = 1; cut < 700; cut += 61) {
      copyFileSync(whole, path);
      truncateSync(path, length - cut);
      const state = new CampaignState();
      for (const record of await recordsOf(path)) state.apply(record);
      const before = state.counts();
      const client = new FakeClient();
      const campaign = await Campaign.open({ ...common, client, journal: path });
      expect(campaign.counts()).toEqual(before);
      const report = await campaign.run();
      expect(client.taken).toHaveLength(COUNT - before.accepted - before.rejected);
      expect(report.accepted + report.rejected).toBe(COUNT);
      const again = shown(await recordsOf(path));
      expect(JSON.parse(again.at(-1)!)).toMatchObject({ kind: "finished" });
    }
  });

  test("a journal that is damaged before its end is refused and left as it is", async () => {
    using folder = new Folder();
    const path = folder.file("j");
    await makeJournal(path);
    const bytes = readFileSync(path);
    bytes[300] = bytes[300]! ^ 1;
    writeFileSync(path, bytes);
    const open = Campaign.open({ ...common, client: new FakeClient(), journal: path });
    await expect(open).rejects.toMatchObject({ code: "ERR_APNS_JOURNAL_DAMAGED" });
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });
});
