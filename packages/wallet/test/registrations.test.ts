import { spawn } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  fdatasync,
  fsyncSync,
  readFileSync,
  statSync,
  truncateSync,
  write,
  writeFileSync,
} from "node:fs";
import { describe, expect, it } from "vitest";
import {
  FileRegistrations,
  MemoryRegistrations,
  type Registration,
  type Registrations,
} from "../src/index.ts";
import { Journal, type JournalIo } from "../src/registrations/journal.ts";
import { Folder } from "./kit/tools.ts";

type Done = (error: Error, written: number) => void;

const folder = new Folder();
const TYPE = "pass.com.example.card";
const NOW = Date.parse("2026-05-01T10:00:00.400Z");
let files = 0;

const registration = (device: string, id: string, more: Partial<Registration> = {}): Registration => ({
  device,
  type: TYPE,
  id,
  pushToken: `${device}${"0".repeat(8)}`,
  registeredAt: NOW,
  ...more,
});

const path = () => folder.at(`registrations-${++files}`);

const STORES: Readonly<Record<string, () => Promise<Registrations & Partial<AsyncDisposable>>>> = {
  MemoryRegistrations: async () => new MemoryRegistrations(),
  FileRegistrations: () => FileRegistrations.open(path()),
};

async function holders(store: Registrations, ...ids: string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const { device, id } of store.holders(TYPE, ids)) found.push(`${device} ${id}`);
  return found.sort();
}

describe.each(Object.entries(STORES))("%s", (_name, open) => {
  it("tells new registrations from known ones, and replaces the push token of a known one", async () => {
    const store = await open();
    expect(await store.register(registration("d1", "1"))).toBe(true);
    expect(await store.register(registration("d1", "1", { pushToken: "ab" }))).toBe(false);
    expect(await store.register(registration("d1", "2"))).toBe(true);
    expect(await store.register(registration("d2", "1"))).toBe(true);
    expect(await holders(store, "1")).toEqual(["d1 1", "d2 1"]);
    const tokens: string[] = [];
    for await (const one of store.holders(TYPE, ["1"])) tokens.push(one.pushToken);
    expect(tokens.sort()).toEqual(["ab", "d200000000"]);
    await store[Symbol.asyncDispose]?.();
  });

  it("keeps items of one id and different types apart", async () => {
    const store = await open();
    await store.register(registration("d1", "1"));
    await store.register(registration("d1", "1", { type: "pass.other" }));
    await store.unregister("d1", { type: TYPE, id: "1" });
    expect(await holders(store, "1")).toEqual([]);
    expect((await store.changedSince("d1", "pass.other", undefined)).ids).toEqual(["1"]);
    await store[Symbol.asyncDispose]?.();
  });

  it("forgets a registration, and says whether it was there", async () => {
    const store = await open();
    await store.register(registration("d1", "1"));
    expect(await store.unregister("d1", { type: TYPE, id: "1" })).toBe(true);
    expect(await store.unregister("d1", { type: TYPE, id: "1" })).toBe(false);
    expect((await store.changedSince("d1", TYPE, undefined)).ids).toEqual([]);
    await store[Symbol.asyncDispose]?.();
  });

  it("tells each device what changed since its tag, and nothing twice", async () => {
    const store = await open();
    for (const id of ["1", "2", "3"]) await store.register(registration("d1", id));
    const all = await store.changedSince("d1", TYPE, undefined);
    expect(all.ids).toEqual(["1", "2", "3"]);
    expect((await store.changedSince("d1", TYPE, all.tag)).ids).toEqual([]);
    await store.markChanged(TYPE, ["2"], NOW);
    await store.markChanged(TYPE, ["3"], NOW);
    const changed = await store.changedSince("d1", TYPE, all.tag);
    expect(changed.ids).toEqual(["2", "3"]);
    expect((await store.changedSince("d1", TYPE, changed.tag)).ids).toEqual([]);
    await store[Symbol.asyncDispose]?.();
  });

  it("lists an item that was registered after the tag, since it may have changed before", async () => {
    const store = await open();
    await store.register(registration("d1", "1"));
    const { tag } = await store.changedSince("d1", TYPE, undefined);
    await store.markChanged(TYPE, ["2"], NOW);
    await store.register(registration("d1", "2"));
    expect((await store.changedSince("d1", TYPE, tag)).ids).toEqual(["2"]);
    await store[Symbol.asyncDispose]?.();
  });

  it("does not list an item again because its device registers again", async () => {
    const store = await open();
    await store.register(registration("d1", "1"));
    const { tag } = await store.changedSince("d1", TYPE, undefined);
    await store.register(registration("d1", "1", { pushToken: "ab" }));
    expect((await store.changedSince("d1", TYPE, tag)).ids).toEqual([]);
    await store[Symbol.asyncDispose]?.();
  });

  it.each(["", "x", "-1", "1.5", "99999999999", "1e3", "９"])(
    "lists all items for the tag %j",
    async (tag) => {
      const store = await open();
      await store.register(registration("d1", "1"));
      expect((await store.changedSince("d1", TYPE, tag)).ids).toEqual(["1"]);
      await store[Symbol.asyncDispose]?.();
    },
  );

  it("dates changes in whole seconds that grow even within one second", async () => {
    const store = await open();
    expect(await store.lastModified({ type: TYPE, id: "1" })).toBe(undefined);
    await store.register(registration("d1", "1"));
    const first = await store.lastModified({ type: TYPE, id: "1" });
    expect(first).toBe(Math.floor(NOW / 1_000) * 1_000);
    const times = [];
    for (let change = 0; change < 3; change++) {
      await store.markChanged(TYPE, ["1"], NOW);
      times.push(await store.lastModified({ type: TYPE, id: "1" }));
    }
    expect(times).toEqual([first! + 1_000, first! + 2_000, first! + 3_000]);
    await store.markChanged(TYPE, ["1"], NOW + 60_000);
    expect(await store.lastModified({ type: TYPE, id: "1" })).toBe(first! + 60_000);
    await store[Symbol.asyncDispose]?.();
  });

  it("drops all registrations of a dead token but those that are newer than its death", async () => {
    const store = await open();
    const pushToken = "ab".repeat(32);
    await store.register(registration("d1", "1", { pushToken }));
    await store.register(registration("d1", "2", { pushToken, registeredAt: NOW + 1 }));
    await store.register(registration("d2", "1"));
    expect(await store.dropToken(TYPE, pushToken, NOW)).toBe(1);
    expect(await holders(store, "1", "2")).toEqual(["d1 2", "d2 1"]);
    expect(await store.dropToken(TYPE, pushToken, NOW + 1)).toBe(1);
    expect(await store.dropToken(TYPE, pushToken, NOW + 1)).toBe(0);
    await store[Symbol.asyncDispose]?.();
  });
});

describe("FileRegistrations", () => {
  const steps: readonly ((store: Registrations) => unknown)[] = [
    (store) => store.register(registration("d1", "1")),
    (store) => store.register(registration("d1", "2")),
    (store) => store.markChanged(TYPE, ["1", "9"], NOW),
    (store) => store.register(registration("d2", "1", { pushToken: "ff" })),
    (store) => store.unregister("d1", { type: TYPE, id: "2" }),
    (store) => store.markChanged(TYPE, ["1"], NOW),
    (store) => store.dropToken(TYPE, "ff", NOW),
    (store) => store.register(registration("d3", "1")),
  ];

  /** The answers to all questions. */
  async function answers(store: Registrations): Promise<unknown> {
    const devices = ["d1", "d2", "d3"];
    return {
      holders: await holders(store, "1", "2"),
      changes: await Promise.all(devices.map((device) => store.changedSince(device, TYPE, undefined))),
      since: await Promise.all(devices.map((device) => store.changedSince(device, TYPE, "4"))),
      modified: await Promise.all(["1", "2", "9"].map((id) => store.lastModified({ type: TYPE, id }))),
    };
  }

  it("is as it was after it was closed and opened", async () => {
    const file = path();
    const memory = new MemoryRegistrations();
    {
      await using store = await FileRegistrations.open(file);
      for (const step of steps) await step(store);
    }
    for (const step of steps) await step(memory);
    await using again = await FileRegistrations.open(file);
    expect(await answers(again)).toEqual(await answers(memory));
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("has all that was returned and at most one step more, wherever the power goes", async () => {
    const file = path();
    const sizes: number[] = [];
    {
      await using store = await FileRegistrations.open(file);
      sizes.push(statSync(file).size);
      for (const step of steps) {
        await step(store);
        sizes.push(statSync(file).size);
      }
    }
    const whole = readFileSync(file);
    const memory = new MemoryRegistrations();
    const states = [await answers(memory)];
    for (const step of steps) {
      await step(memory);
      states.push(await answers(memory));
    }
    for (let size = sizes[0]!; size <= whole.length; size++) {
      writeFileSync(file, whole.subarray(0, size));
      await using cut = await FileRegistrations.open(file);
      const done = sizes.findLastIndex((one) => one <= size);
      expect(await answers(cut)).toEqual(states[done]);
    }
  });

  it("takes more after a line that was cut off", async () => {
    const file = path();
    {
      await using store = await FileRegistrations.open(file);
      await store.register(registration("d1", "1"));
      await store.register(registration("d1", "2"));
    }
    truncateSync(file, statSync(file).size - 5);
    {
      await using store = await FileRegistrations.open(file);
      await store.register(registration("d1", "3"));
    }
    await using store = await FileRegistrations.open(file);
    expect(await holders(store, "1", "2", "3")).toEqual(["d1 1", "d1 3"]);
  });

  it("is written anew when most of its lines are of the past", async () => {
    const file = path();
    {
      await using store = await FileRegistrations.open(file);
      await store.register(registration("d1", "1"));
      await Promise.all(Array.from({ length: 1_100 }, () => store.markChanged(TYPE, ["1"], NOW)));
    }
    const before = statSync(file).size;
    let asked: unknown;
    {
      await using store = await FileRegistrations.open(file);
      asked = await answers(store);
    }
    expect(statSync(file).size).toBeLessThan(before / 50);
    await using store = await FileRegistrations.open(file);
    expect(await answers(store)).toEqual(asked);
    await store.register(registration("d2", "1"));
    expect(store.size).toBe(2);
  });

  it("writes what comes together together", async () => {
    const file = path();
    await using store = await FileRegistrations.open(file);
    await Promise.all(Array.from({ length: 2_000 }, (_, n) => store.register(registration(`d${n}`, "1"))));
    // The head, the first step, and those that came while it was written.
    expect(readFileSync(file, "utf8").trimEnd().split("\n")).toHaveLength(3);
    await store.close();
    await using again = await FileRegistrations.open(file);
    expect(again.size).toBe(2_000);
  });

  it("loses steps that were written together as one, if the power took some of their octets", async () => {
    const file = path();
    {
      await using store = await FileRegistrations.open(file);
      await Promise.all(Array.from({ length: 500 }, (_, n) => store.register(registration(`d${n}`, "1"))));
    }
    const whole = readFileSync(file);
    const second = whole.indexOf("\n", whole.indexOf("\n") + 1) + 1;
    for (const [from, to] of [
      [second, second + 4_096],
      [whole.length - 4_096, whole.length - 1],
      [whole.length - 4_096, whole.length],
    ]) {
      writeFileSync(file, Buffer.from(whole).fill(0, from, to));
      await using store = await FileRegistrations.open(file);
      expect(store.size).toBe(1);
      await store.register(registration("later", "1"));
      await store.close();
      await using again = await FileRegistrations.open(file);
      expect(again.size).toBe(2);
    }
  });

  it("makes durable what a killed process wrote, before it writes behind it", async () => {
    const file = path();
    {
      await using store = await FileRegistrations.open(file);
      await store.register(registration("d1", "1"));
    }
    const calls: string[] = [];
    const io: JournalIo = {
      write: ((...given: Parameters<typeof write>) => {
        calls.push("write");
        write(...given);
      }) as typeof write,
      fdatasync,
      fsyncSync: (descriptor) => {
        calls.push("sync");
        fsyncSync(descriptor);
      },
    };
    const { journal } = Journal.open(file, io);
    journal.begin();
    await journal.append("{}");
    expect(calls).toEqual(["sync", "write"]);
    await journal.close();
  });

  it("refuses a file that is damaged in its middle, and one of something else", async () => {
    const file = path();
    {
      await using store = await FileRegistrations.open(file);
      await store.register(registration("d1", "1"));
    }
    appendFileSync(file, "no JSON\n");
    await expect(FileRegistrations.open(file)).rejects.toMatchObject({
      code: "ERR_APNS_REGISTRATIONS_UNREADABLE",
      message: expect.stringMatching(/is damaged at line 3; restore it/),
    });
    writeFileSync(file, '{"some": "thing"}\n');
    await expect(FileRegistrations.open(file)).rejects.toThrow(/is not a file of registrations/);
    expect(readFileSync(file, "utf8")).toBe('{"some": "thing"}\n');
    writeFileSync(file, "a file without a line feed");
    await expect(FileRegistrations.open(file)).rejects.toThrow(/is not a file of registrations/);
    expect(readFileSync(file, "utf8")).toBe("a file without a line feed");
    await expect(FileRegistrations.open(folder.at("no/such/folder"))).rejects.toMatchObject({
      code: "ERR_APNS_REGISTRATIONS_UNREADABLE",
    });
    expect(existsSync(`${file}.lock`)).toBe(false);
  });

  it("is of one process: a second one is refused, a dead one's lock is taken", async () => {
    const file = path();
    {
      await using _store = await FileRegistrations.open(file);
      await expect(FileRegistrations.open(file)).rejects.toMatchObject({
        code: "ERR_APNS_REGISTRATIONS_IN_USE",
        message: expect.stringMatching(/in use by this process/),
      });
    }
    const living = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    writeFileSync(`${file}.lock`, String(living.pid));
    await expect(FileRegistrations.open(file)).rejects.toThrow(new RegExp(`process ${living.pid}`));
    const ended = new Promise((resolve) => living.once("exit", resolve));
    living.kill();
    await ended;
    await using _store = await FileRegistrations.open(file);
  });

  it("says so when it is used after it was closed", async () => {
    const store = await FileRegistrations.open(path());
    await store.close();
    await store.close();
    await expect(store.register(registration("d1", "1"))).rejects.toMatchObject({
      code: "ERR_APNS_REGISTRATIONS_CLOSED",
    });
  });

  it("rejects what may not be on the disk, and everything after it", async () => {
    const io = {
      write: (
        _descriptor: number,
        _bytes: unknown,
        _at: number,
        _length: number,
        _position: null,
        done: Done,
      ) => done(Object.assign(new Error("full"), { code: "ENOSPC" }), 0),
      fdatasync,
      fsyncSync,
    } as never;
    const { journal } = Journal.open(path(), io);
    const failed = { code: "ERR_APNS_REGISTRATIONS_WRITE", message: expect.stringMatching(/ENOSPC/) };
    await expect(journal.append("x")).rejects.toMatchObject(failed);
    await expect(journal.append("y")).rejects.toMatchObject(failed);
    await journal.close();
  });

  it("refuses what is no file", async () => {
    await expect(FileRegistrations.open("/dev/null")).rejects.toThrow(/cannot be opened|cannot be made/);
  });
});
