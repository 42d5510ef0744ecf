import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateSigningKey } from "@apnskit/mock-server";
import { certificate, InvalidCredentials, providerToken } from "apnskit";
import { afterAll, describe, expect, test } from "vitest";

// A path may lead to any kind of file. Reading it ends soon, with credentials or with one typed error.

const folder = mkdtempSync(join(tmpdir(), "apnskit-files-"));
afterAll(() => rmSync(folder, { recursive: true }));
const { key, keyId, teamId } = generateSigningKey();
const unix = process.platform !== "win32";

const readers: readonly (readonly [string, (file: string) => unknown])[] = [
  ["providerToken", (file) => providerToken({ key: { file }, keyId, teamId })],
  ["certificate of pem", (file) => certificate({ pem: { file } })],
  ["certificate of pfx", (file) => certificate({ pfx: { file } })],
];

function refusal(attempt: () => unknown): InvalidCredentials {
  try {
    attempt();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidCredentials);
    return error as InvalidCredentials;
  }
  throw new Error("nothing was thrown");
}

describe.skipIf(!unix).each(readers)("%s, of", (_, read) => {
  test("a FIFO without a writer counts as empty", () => {
    const fifo = join(folder, `fifo-${Math.random()}`);
    execFileSync("mkfifo", [fifo]);
    expect(refusal(() => read(fifo)).message).toContain("is empty");
  });

  test("a FIFO whose writer writes nothing: refused after a second", () => {
    const fifo = join(folder, `silent-${Math.random()}`);
    execFileSync("mkfifo", [fifo]);
    // Opened for reading and writing, so that opening does not wait for the other end.
    const writer = openSync(fifo, "r+");
    const begun = performance.now();
    expect(refusal(() => read(fifo)).message).toContain("(EAGAIN)");
    expect(performance.now() - begun).toBeGreaterThan(900);
    closeSync(writer);
  });

  test("a cycle of links, a folder, and an endless device", () => {
    symlinkSync("two.p8", join(folder, "one.p8"));
    symlinkSync("one.p8", join(folder, "two.p8"));
    expect(refusal(() => read(join(folder, "one.p8"))).message).toContain("(ELOOP)");
    expect(refusal(() => read(folder)).message).toContain("(EISDIR)");
    expect(refusal(() => read("/dev/zero")).message).toContain("longer than");
    expect(refusal(() => read("/dev/null")).message).toContain("is empty");
    rmSync(join(folder, "one.p8"));
    rmSync(join(folder, "two.p8"));
  });

  test("a path with NUL, an empty path, and a URL of another kind", () => {
    expect(refusal(() => read("key\0.p8")).message).not.toContain("\0");
    expect(refusal(() => read("")).message).toContain("cannot be read");
    const url = () => read(new URL("https://keys.example/AuthKey.p8") as never);
    expect(refusal(url).message).toContain("cannot be read");
  });
});

test.skipIf(!unix)("a key from a pipe with a slow writer, as shells pass it", async () => {
  const fifo = join(folder, "key.fifo");
  execFileSync("mkfifo", [fifo]);
  const holder = openSync(fifo, "r+");
  const script = 'exec 3>"$FIFO"; echo ready; sleep 0.2; printf %s "$KEY" >&3';
  const writer = spawn("sh", ["-c", script], { env: { ...process.env, KEY: key, FIFO: fifo } });
  await once(writer.stdout, "data");
  closeSync(holder);
  expect(providerToken({ key: { file: fifo }, keyId, teamId }).keyId).toBe(keyId);
  await once(writer, "exit");
});
