import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { splitLines } from "../demo/lines.ts";
import { type NotificationsFileOptions, readNotifications } from "../demo/notifications-file.ts";

const folder = mkdtempSync(join(tmpdir(), "apnskit-demo-"));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function fileOf(...lines: string[]): string {
  const file = join(folder, `${++files}.ndjson`);
  writeFileSync(file, lines.join("\n"));
  return file;
}

const line = (token: string) => JSON.stringify({ token, headers: {}, payload: {} });

async function read(file: string, options: Partial<NotificationsFileOptions<string>> & { count: number }) {
  const invalid: string[] = [];
  const prepared: string[] = [];
  const paths: string[] = [];
  const notifications = readNotifications(file, {
    prepare: ({ path }) => {
      prepared.push(path);
      return path.replace("/3/device/", "");
    },
    onInvalid: (number, reason) => invalid.push(`${number}: ${reason}`),
    ...options,
  });
  for await (const path of notifications) paths.push(path);
  return { paths, invalid, prepared };
}

describe("reading a notifications file", () => {
  test("yields the notifications in order, with or without a line end after the last line", async () => {
    expect((await read(fileOf(line("aa"), line("bb")), { count: 2 })).paths).toEqual(["aa", "bb"]);
    expect((await read(fileOf(line("aa"), line("bb"), ""), { count: 2 })).paths).toEqual(["aa", "bb"]);
  });

  test("starts over at the end of the file, without parsing it again", async () => {
    const { paths, prepared } = await read(fileOf(line("aa"), line("bb"), line("cc")), { count: 8 });
    expect(paths).toEqual(["aa", "bb", "cc", "aa", "bb", "cc", "aa", "bb"]);
    expect(prepared).toHaveLength(3);
  });

  test("ends at the count, even before the end of the file", async () => {
    expect((await read(fileOf(line("aa"), line("bb"), line("cc")), { count: 2 })).paths).toEqual([
      "aa",
      "bb",
    ]);
  });

  test("reports the numbers of invalid lines once, skips them and continues", async () => {
    const file = fileOf("{", line("aa"), "", '{"token":1}', line("bb"));
    const { paths, invalid } = await read(file, { count: 6 });
    expect(paths).toEqual(["aa", "bb", "aa", "bb", "aa", "bb"]);
    expect(invalid).toEqual([
      expect.stringMatching(/^1: not JSON/),
      "4: token must be a string; received a number",
    ]);
  });

  test("skips lines that cannot be prepared", async () => {
    const prepare = ({ path }: { path: string }) => {
      if (path.endsWith("bb")) throw new RangeError("body too large");
      return path.slice(-2);
    };
    const { paths, invalid } = await read(fileOf(line("aa"), line("bb")), { count: 2, prepare });
    expect(paths).toEqual(["aa", "aa"]);
    expect(invalid).toEqual(["2: body too large"]);
  });

  test("reads a file again that is longer than `keep`, and reports invalid lines once", async () => {
    const file = fileOf(line("aa"), "{", line("bb"), line("cc"));
    const { paths, invalid, prepared } = await read(file, { count: 7, keep: 2 });
    expect(paths).toEqual(["aa", "bb", "cc", "aa", "bb", "cc", "aa"]);
    expect(invalid).toHaveLength(1);
    expect(prepared).toHaveLength(7);
  });

  test("skips an extremely long line without holding it", async () => {
    const { paths, invalid } = await read(fileOf(line("aa"), "x".repeat(600_000), line("bb")), { count: 2 });
    expect(paths).toEqual(["aa", "bb"]);
    expect(invalid).toEqual(["2: longer than 262144 bytes"]);
  });

  test("fails when no line is valid", async () => {
    await expect(read(fileOf("{", ""), { count: 1 })).rejects.toThrow("no line is a valid notification");
    await expect(read(fileOf(""), { count: 1 })).rejects.toThrow("no line is a valid notification");
  });

  test("fails when there is no such file", async () => {
    await expect(read(join(folder, "none"), { count: 1 })).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("lines", () => {
  async function split(chunks: string[], maxBytes = 100) {
    const lines: string[] = [];
    async function* source() {
      for (const chunk of chunks) yield Buffer.from(chunk);
    }
    for await (const { number, bytes, tooLong } of splitLines(source(), maxBytes)) {
      lines.push(`${number}:${tooLong ? "too long" : Buffer.from(bytes).toString()}`);
    }
    return lines;
  }

  test("are the same for any boundaries of chunks", async () => {
    const text = "one\ntwö\r\n\nfour";
    const whole = await split([text]);
    expect(whole).toEqual(["1:one", "2:twö", "3:", "4:four"]);
    for (let cut = 0; cut <= text.length; cut++) {
      expect(await split([text.slice(0, cut), text.slice(cut)])).toEqual(whole);
    }
    expect(await split([...text])).toEqual(whole);
  });

  test("that are too long are empty, and the next line is complete", async () => {
    expect(await split(["abc", "defgh", "ij\nkl"], 5)).toEqual(["1:too long", "2:kl"]);
    expect(await split(["abcde\nabcdef"], 5)).toEqual(["1:abcde", "2:too long"]);
  });
});
