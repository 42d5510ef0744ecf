import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, it } from "vitest";
import { useWorkbench } from "./support/command.ts";
import { mockServerIsBuilt } from "./support/mock-server.ts";
import { TestServer } from "./support/server.ts";

failOnLeaks();
const bench = useWorkbench();
const MOCK = resolve(import.meta.dirname, "../../mock-server/bin/apnskit-mock.js");

/** Runs a line of bash in which `apnskit` is the command; returns the first exit code of the pipe. */
function pipe(line: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const script = [
    `apnskit() { "${process.execPath}" "${bench.program}" "$@"; }`,
    `apnskit_mock() { "${process.execPath}" "${MOCK}" "$@"; }`,
    `${line}; exit "\${PIPESTATUS[0]}"`,
  ].join("\n");
  return new Promise((done) => {
    const env = { PATH: process.env.PATH, HOME: bench.folder };
    const child = execFile("bash", ["-c", script], { cwd: bench.folder, env }, (_, stdout, stderr) => {
      done({ code: child.exitCode!, stdout, stderr });
    });
  });
}

const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(" ");

describe("when the reader of stdout goes away", () => {
  it.each([
    "apnskit --help | true",
    "apnskit reasons | head -n 1",
    "apnskit reasons --json | head -n 1",
    "apnskit complete zsh | true",
    "apnskit simulator booted a.b --body x --write - | true",
  ])("%s ends quietly", async (line) => {
    expect(await pipe(line)).toMatchObject({ code: 0, stderr: "" });
  });

  it.skipIf(!mockServerIsBuilt).each([
    ["apnskit_mock --help | true", /^$/],
    ["apnskit mock --help | true", /^$/],
    ["apnskit_mock --port 0 --management-port 0 --control-port 0 | true", /^$/],
    ["apnskit_mock --wait timeout=1 --control-port 1 | true", /no server answers/],
  ])("%s ends without a stack trace", async (line, says) => {
    const { stderr } = await pipe(line);
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  it.each(["-", "/dev/stdout"])("send-file --results %s stops, and says how to go on", async (results) => {
    await using server = await TestServer.start(bench);
    const count = 20_000;
    const payload = { aps: { alert: "x" } };
    const lines = Array.from({ length: count }, (_, index) =>
      JSON.stringify({ token: index.toString(16).padStart(64, "0"), payload }),
    );
    bench.write("many.ndjson", `${lines.join("\n")}\n`);
    const flags = quoted([...server.flags, "--results", results, "--concurrency", "100"]);
    const { code, stdout, stderr } = await pipe(`apnskit send-file many.ndjson ${flags} | head -n 1`);
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ result: "accepted" });
    const next = Number(/interrupted\. To go on behind line (\d+):\n {2}apnskit send-file/.exec(stderr)?.[1]);
    // What was handed out was waited for, and nothing behind it was sent.
    expect(server.mock.ledger.count()).toBe(next);
    expect(next).toBeLessThan(count);
    expect(stderr).not.toMatch(/^ {4}at |EPIPE/m);
  });

  it("send-file --journal stops with the code of Ctrl-C, and its journal goes on", async () => {
    await using server = await TestServer.start(bench);
    const lines = Array.from({ length: 20_000 }, (_, index) =>
      JSON.stringify({ token: index.toString(16).padStart(64, "0"), payload: { aps: { alert: "x" } } }),
    );
    bench.write("journalled.ndjson", `${lines.join("\n")}\n`);
    const flags = quoted([...server.flags, "--results", "-", "--concurrency", "100", "--journal"]);
    const { code, stderr } = await pipe(`apnskit send-file journalled.ndjson ${flags} | head -n 1`);
    expect(code).toBe(130);
    expect(stderr).toMatch(/To go on:\n {2}apnskit send-file .*--resume/);
    expect(existsSync(bench.path("journalled.ndjson.journal"))).toBe(true);
  });
});

describe("when stdout or a file of outcomes cannot take more", () => {
  const full = existsSync("/dev/full");

  it.skipIf(!full)("a command says so, and does not end with 0", async () => {
    expect(await pipe("apnskit reasons > /dev/full")).toMatchObject({
      code: 2,
      stderr: "apnskit: stdout: the disk is full\n",
    });
  });

  it.skipIf(!full)("send-file says so even for the last outcomes", async () => {
    await using server = await TestServer.start(bench);
    bench.write("one.ndjson", `{"token":"${"ab".repeat(32)}","payload":{"aps":{"alert":"x"}}}\n`);
    const line = `apnskit send-file one.ndjson ${quoted(server.flags)} --results /dev/full`;
    expect(await pipe(line)).toMatchObject({
      code: 2,
      stderr: "apnskit send-file: --results /dev/full: the disk is full\n",
    });
  });
});
