import { existsSync, readFileSync } from "node:fs";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, it } from "vitest";
import { useWorkbench } from "./support/command.ts";
import { TestServer } from "./support/server.ts";

failOnLeaks();
const bench = useWorkbench();

const tokenOf = (number: number) => number.toString(16).padStart(64, "0");
const list = (count: number) => Array.from({ length: count }, (_, at) => `${tokenOf(at + 1)}\n`).join("");

function prepare(name: string, count: number): readonly string[] {
  bench.write("hello.json", '{"payload":{"aps":{"alert":"Hello"}}}');
  bench.write(name, list(count));
  return [name, "--template", "hello.json"];
}

interface Status {
  readonly report: { readonly state: string; readonly accepted: number; readonly inDoubt: number };
  readonly inDoubt: readonly { readonly index: number; readonly line: number; readonly token: string }[];
}

async function statusOf(journal: string): Promise<Status> {
  const { stdout } = await bench.run(["campaign", "status", journal, "--json"]);
  return JSON.parse(stdout) as Status;
}

describe("campaign", () => {
  it("sends a file to its end, and status and cancel say so", async () => {
    await using server = await TestServer.start(bench);
    const file = prepare("all.txt", 300);
    const { code, stdout } = await bench.run(["campaign", "start", ...file, ...server.flags]);
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/: finished\naccepted +300\n/),
    });
    expect(server.mock.ledger.totals.acted).toBe(300);
    expect((await statusOf("all.txt.journal")).report).toMatchObject({ state: "finished", accepted: 300 });
    const again = await bench.run(["campaign", "start", ...file, ...server.flags]);
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining("there is a journal already") });
    const resumed = await bench.run(["campaign", "resume", "all.txt.journal", ...server.flags]);
    expect(resumed.code).toBe(0);
    expect(server.mock.ledger.totals.acted).toBe(300);
    expect(await bench.run(["campaign", "cancel", "all.txt.journal"])).toMatchObject({ code: 0 });
    expect(await bench.run(["campaign", "remove", "all.txt.journal"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^campaign \S+: removed\n$/),
    });
    const gone = await bench.run(["campaign", "status", "all.txt.journal"]);
    expect(gone).toMatchObject({ code: 2, stderr: expect.stringContaining("there is no such journal") });
  });

  it("killed with SIGKILL, status names all in doubt with line and token, and resume sends the rest", async () => {
    await using server = await TestServer.start(bench, { ledger: { tally: ["apns-id"] } });
    const file = prepare("killed.txt", 5000);
    server.mock.inject({ kind: "latency", latency: 40 });
    const args = ["campaign", "start", ...file, "--in-doubt", "report", "--rate", "3000", ...server.flags];
    const running = bench.start(args);
    await server.mock.ledger.received({ count: 400, timeout: 30_000 });
    running.child.kill("SIGKILL");
    await running.ended;
    const { report, inDoubt } = await statusOf("killed.txt.journal");
    expect(report.state).toBe("stopped");
    expect(await bench.run(["campaign", "remove", "killed.txt.journal"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("not finished; resume it, cancel it, or remove it with --unfinished"),
    });
    expect(inDoubt.length).toBeGreaterThan(0);
    for (const { index, line, token } of inDoubt)
      expect([line, token]).toEqual([index + 1, tokenOf(index + 1)]);
    const resumed = await bench.run(["campaign", "resume", "killed.txt.journal", ...server.flags]);
    expect(resumed).toMatchObject({ code: 6, stdout: expect.stringContaining("finished") });
    const after = await statusOf("killed.txt.journal");
    expect(after.inDoubt).toEqual(inDoubt);
    expect(after.report.accepted + after.inDoubt.length).toBe(5000);
    expect(server.mock.ledger.apnsIds?.summary()).toMatchObject({ repeated: 0 });
  });

  it("Ctrl-C waits for what is under way and prints the command that goes on, which works", async () => {
    await using server = await TestServer.start(bench);
    const file = prepare("stopped.txt", 3000);
    const results = ["--results", "stopped.results"];
    const running = bench.start([
      "send-file",
      ...file,
      "--journal",
      ...results,
      "--rate",
      "1500",
      ...server.flags,
    ]);
    await server.mock.ledger.received({ count: 200, timeout: 30_000 });
    running.child.kill("SIGINT");
    const { code, stderr } = await running.ended;
    expect(code).toBe(130);
    const command = /\n {2}apnskit (.*--resume --append)\n/.exec(stderr)?.[1]?.replaceAll("'", "");
    expect(command).toBeDefined();
    const resumed = await bench.run(command!.split(" "));
    expect(resumed).toMatchObject({ code: 0, stdout: expect.stringMatching(/accepted +3,000/) });
    expect(server.mock.ledger.totals.acted).toBe(3000);
    const lines = readFileSync(bench.path("stopped.results"), "utf8").trimEnd().split("\n");
    expect(new Set(lines.map((line) => JSON.parse(line).line)).size).toBe(3000);
  });

  it("a line that is not valid ends as unsent, and dead tokens are written once over all runs", async () => {
    await using server = await TestServer.start(bench);
    bench.write("hello.json", '{"payload":{"aps":{"alert":"Hello"}}}');
    bench.write("mixed.txt", `${list(3)}not a token\n${tokenOf(9)}\n`);
    server.mock.devices.unregister(tokenOf(2), 1000);
    const args = ["--template", "hello.json", "--dead", "dead.txt", ...server.flags];
    const { code, stdout } = await bench.run(["campaign", "start", "mixed.txt", ...args]);
    expect(code).toBe(5);
    expect(stdout).toContain("ERR_APNS_INVALID_LINE  1");
    const resume = ["campaign", "resume", "mixed.txt.journal", "--dead", "dead.txt", ...server.flags];
    expect((await bench.run(resume)).code).toBe(5);
    expect(readFileSync(bench.path("dead.txt"), "utf8")).toBe(`${tokenOf(2)}\n`);
  });

  it("refuses a file that has changed, and what cannot be", async () => {
    await using server = await TestServer.start(bench);
    const file = prepare("changed.txt", 1200);
    const running = bench.start(["campaign", "start", ...file, "--rate", "300", ...server.flags]);
    await server.mock.ledger.received({ count: 20, timeout: 30_000 });
    running.child.kill("SIGKILL");
    await running.ended;
    bench.write("changed.txt", list(1300).slice(65));
    const cases: [readonly string[], string][] = [
      [["campaign", "resume", "changed.txt.journal", ...server.flags], "the recipients differ"],
      [["campaign", "resume", "none", ...server.flags], "there is no such journal"],
      [["campaign", "status", "changed.txt"], "is not a journal"],
      [["campaign", "start", "-", ...server.flags], "stdin cannot"],
      [["send-file", "changed.txt", "--resume", "--skip", "3", ...server.flags], "--skip do not go"],
      [["send-file", "hello.json", "--resume", ...server.flags], "there is no journal to go on by"],
      [["send-file", "changed.txt", "--in-doubt", "skip", ...server.flags], "goes with --journal"],
    ];
    for (const [args, words] of cases) {
      const { code, stderr } = await bench.run(args);
      expect({ args, code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
    }
    expect(existsSync(bench.path("changed.txt.journal"))).toBe(true);
  });
});
