import { createWriteStream, readFileSync } from "node:fs";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, it } from "vitest";
import { useWorkbench } from "./support/command.ts";
import { TestServer } from "./support/server.ts";

failOnLeaks();
const bench = useWorkbench();

/** A device token of its own for each number. */
const tokenOf = (number: number) => number.toString(16).padStart(64, "0");
const ndjson = (count: number) =>
  Array.from(
    { length: count },
    (_, index) => `{"token":"${tokenOf(index + 1)}","payload":{"aps":{"badge":${index}}}}\n`,
  ).join("");

interface Result {
  readonly line: number;
  readonly result: string;
  readonly token?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

function results(name: string): Result[] {
  const text = readFileSync(bench.path(name), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

const linesOf = (name: string) =>
  results(name)
    .map(({ line }) => line)
    .sort((a, b) => a - b);
const upTo = (last: number, first = 1) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe("send-file", () => {
  it("sends the project's own example file, with an outcome for each line", async () => {
    await using server = await TestServer.start(bench, { auth: "anything" });
    const example = new URL("../../../examples/notifications.ndjson", import.meta.url).pathname;
    const args = ["send-file", example, "--results", "example.ndjson", ...server.flags];
    const { code, stdout } = await bench.run(args);
    expect(code).toBe(0);
    const count = readFileSync(example, "utf8").trimEnd().split("\n").length;
    expect(linesOf("example.ndjson")).toEqual(upTo(count));
    expect(stdout).toMatch(/^accepted +2,635\n/);
    const first = JSON.parse(readFileSync(example, "utf8").split("\n")[0]!);
    const [entry] = server.mock.ledger.entries({ token: first.token });
    expect(JSON.parse(entry!.payload!)).toEqual(first.payload);
    expect(entry!.topic).toBe(first.headers["apns-topic"]);
  });

  it("fills a template from CSV with a byte order mark, CRLF, quotes and line breaks, escaped", async () => {
    await using server = await TestServer.start(bench);
    const headers = { "apns-collapse-id": "order-{{order}}" };
    const alert = { title: "{{name}}", body: "{{ name }}: {{text}}" };
    const payload = { aps: { alert, badge: "{{badge:number}}" }, vip: "{{vip:boolean}}" };
    bench.write("template.json", JSON.stringify({ headers, payload }));
    bench.write(
      "users.csv",
      `\uFEFFtoken,name,text,order,badge,vip\r\n${tokenOf(1)},"Ada ""the first""","a\\b\r\nc",7,3,true\r\n${tokenOf(2)},Zoë,"{{name}}"",""x"":""",8,0,false\r\n`,
    );
    const args = ["send-file", "users.csv", "--template", "template.json", ...server.flags];
    expect(await bench.run(args)).toMatchObject({ code: 0, stderr: "" });
    const entries = server.mock.ledger.entries().sort((a, b) => (a.token < b.token ? -1 : 1));
    expect(entries.map(({ collapseId }) => collapseId)).toEqual(["order-7", "order-8"]);
    expect(entries.map(({ payload }) => JSON.parse(payload!))).toEqual([
      { aps: { alert: { title: 'Ada "the first"', body: 'Ada "the first": a\\b\nc' }, badge: 3 }, vip: true },
      { aps: { alert: { title: "Zoë", body: 'Zoë: {{name}}","x":"' }, badge: 0 }, vip: false },
    ]);
  });

  it("reads semicolons, tabs, another token column, and a list of tokens from stdin", async () => {
    await using server = await TestServer.start(bench);
    bench.write("hello.json", '{"payload":{"aps":{"alert":"Hello"}}}');
    bench.write("semicolon.csv", `name;device\nx;${tokenOf(1)}\n`);
    bench.write("tab.tsv", `name\tdevice\nx\t${tokenOf(2)}\n`);
    const common = ["--template", "hello.json", "--token-column", "device", ...server.flags];
    expect(await bench.run(["send-file", "semicolon.csv", ...common])).toMatchObject({ code: 0 });
    expect(await bench.run(["send-file", "tab.tsv", ...common])).toMatchObject({ code: 0 });
    const input = `${tokenOf(3)}\r\n\r\n  ${tokenOf(4).toUpperCase()}  `;
    expect(await bench.run(["send-file", "-", ...common], { input })).toMatchObject({ code: 0 });
    expect(server.mock.ledger.entries().map(({ token }) => token)).toEqual([1, 2, 3, 4].map(tokenOf));
  });

  it("reports each line that is not valid with its number and reason, and loses nothing else", async () => {
    await using server = await TestServer.start(bench);
    const good = (number: number) => `{"token":"${tokenOf(number)}","payload":{"aps":{"badge":1}}}`;
    const lines = [
      good(1),
      '{"token":"secret',
      "[]",
      '{"token":"xyz","payload":{}}',
      '{"payload":{}}',
      `{"token":"${tokenOf(9)}"}`,
      `{"token":"${tokenOf(9)}","payload":{},"header":{}}`,
      `{"token":"${tokenOf(9)}","headers":{"apns-priority":"7"},"payload":{}}`,
      `{"token":"${tokenOf(9)}","headers":{"apns-priority":5},"payload":{}}`,
      `{"token":"${tokenOf(9)}","payload":{"id":12345678901234567890}}`,
      `{"token":"${tokenOf(9)}","payload":{"text":"${"x".repeat(5000)}"}}`,
      "",
      good(2),
    ];
    const broken = Buffer.from([0xff, 0xfe, 0x41, 0x0a]);
    const long = Buffer.from(`${"x".repeat(300_000)}\n`);
    bench.write(
      "mixed.ndjson",
      Buffer.concat([Buffer.from(`${lines.join("\n")}\n`), broken, long, Buffer.from(good(3))]),
    );
    const args = ["send-file", "mixed.ndjson", "--results", "mixed.results", ...server.flags];
    const { code, stderr } = await bench.run(args);
    expect(code).toBe(5);
    expect(server.mock.ledger.entries().map(({ token }) => token)).toEqual([1, 2, 3].map(tokenOf));
    expect(linesOf("mixed.results")).toEqual([...upTo(11), 13, 14, 15, 16]);
    const reasons = results("mixed.results")
      .filter(({ result }) => result === "unsent")
      .map(({ line, error }) => `mixed.ndjson line ${line}: ${error!.message}`);
    expect(stderr.trimEnd().split("\n")).toEqual(reasons);
    expect(stderr).not.toContain("secret");
    expect(reasons).toMatchSnapshot();
  });

  it("goes on behind a quote that is never closed, and behind a stray one", async () => {
    await using server = await TestServer.start(bench);
    bench.write("quotes.json", '{"payload":{"aps":{"alert":"{{text}}"}}}');
    const rows = [
      `${tokenOf(1)},fine`,
      `${tokenOf(2)},"open`,
      `${tokenOf(3)},fine`,
      `${tokenOf(4)},a"b`,
      `${tokenOf(5)},fine`,
    ];
    const many = upTo(300, 6).map((number) => `${tokenOf(number)},fine`);
    bench.write(
      "quotes.csv",
      ["token,text", ...rows, ...many, `${tokenOf(301)},"open`, `${tokenOf(302)},fine`].join("\n"),
    );
    const args = [
      "send-file",
      "quotes.csv",
      "--template",
      "quotes.json",
      "--results",
      "quotes.results",
      ...server.flags,
    ];
    expect((await bench.run(args)).code).toBe(5);
    expect(linesOf("quotes.results")).toEqual(upTo(303, 2));
    const unsent = results("quotes.results").filter(({ result }) => result === "unsent");
    expect(unsent.map(({ line }) => line)).toEqual([3, 5, 302]);
  });

  it("writes dead device tokens to a file, and ends with 1", async () => {
    await using server = await TestServer.start(bench);
    server.mock.devices.unregister(tokenOf(2));
    bench.write("three.ndjson", ndjson(3));
    const args = ["send-file", "three.ndjson", "--dead", "dead.txt", "--json", ...server.flags];
    const { code, stdout } = await bench.run(args);
    expect(code).toBe(1);
    expect(readFileSync(bench.path("dead.txt"), "utf8")).toBe(`${tokenOf(2)}\n`);
    const counts = {
      total: 3,
      accepted: 2,
      rejected: 1,
      unsent: 0,
      unknown: 0,
      reasons: { Unregistered: 1 },
    };
    expect(JSON.parse(stdout)).toMatchObject({ summary: counts });
  });

  it("--skip and --limit send a stretch of the file, and --append goes on in the results", async () => {
    await using server = await TestServer.start(bench);
    bench.write("ten.ndjson", ndjson(10));
    const args = ["send-file", "ten.ndjson", "--results", "ten.results", ...server.flags];
    await bench.run([...args, "--limit", "4"]);
    expect(linesOf("ten.results")).toEqual(upTo(4));
    await bench.run([...args, "--skip", "4", "--append"]);
    expect(linesOf("ten.results")).toEqual(upTo(10));
    expect(server.mock.ledger.totals.acted).toBe(10);
  });

  it("on Ctrl-C waits for what is under way and prints a command that goes on with the rest", async () => {
    await using server = await TestServer.start(bench, { latency: 20 });
    bench.write("rest.ndjson", ndjson(2000));
    const args = [
      "send-file",
      "rest.ndjson",
      "--results",
      "rest.results",
      "--rate",
      "200",
      "--limit",
      "300",
      ...server.flags,
    ];
    const running = bench.start(args);
    await server.mock.received({ acted: true, count: 30 });
    running.child.kill("SIGINT");
    const { code, stderr } = await running.ended;
    expect(code).toBe(130);
    const done = linesOf("rest.results");
    expect(done).toEqual(upTo(done.length));
    expect(results("rest.results").every(({ result }) => result === "accepted")).toBe(true);
    const [, command] = /behind line \d+:\n {2}apnskit (.*)\n/.exec(stderr)!;
    expect(command).toMatch(new RegExp(`--skip ${done.length} --limit ${300 - done.length} --append$`));
    const rest = command!.split(" ").map((word) => (word === "200" ? "100000" : word));
    expect(await bench.run(rest)).toMatchObject({ code: 0 });
    expect(linesOf("rest.results")).toEqual(upTo(300));
    expect(server.mock.ledger.totals.acted).toBe(300);
  });

  it("on Ctrl-C while stdin says nothing, ends at once", async () => {
    await using server = await TestServer.start(bench);
    const args = ["send-file", "-", "--format", "ndjson", ...server.flags];
    const running = bench.start(args, { silentInput: true });
    running.child.stdin!.write(ndjson(3));
    await server.mock.received({ acted: true, count: 3 });
    running.child.kill("SIGINT");
    const { code, stdout, stderr } = await running.ended;
    expect(code).toBe(130);
    expect(stdout).toMatch(/^accepted +3\n/);
    expect(stderr).toMatch(/--skip 3\n$/);
  });

  it("on a second Ctrl-C gives up what is under way, with an outcome for each", async () => {
    await using server = await TestServer.start(bench);
    server.mock.inject({ kind: "stall" });
    bench.write("stuck.ndjson", ndjson(50));
    const args = [
      "send-file",
      "stuck.ndjson",
      "--results",
      "stuck.results",
      "--timeout",
      "60000",
      ...server.flags,
    ];
    const running = bench.start(args);
    await server.mock.received({ settled: false });
    running.child.kill("SIGINT");
    await running.shows(/waiting for what is under way/);
    await new Promise((resolve) => setTimeout(resolve, 400));
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(130);
    // Before its first answer the server allows one stream; one more notification waits for it.
    expect(linesOf("stuck.results")).toEqual(upTo(2));
  });

  it("stops when APNs refuses the credentials, and says how to go on", async () => {
    await using server = await TestServer.start(bench);
    server.mock.inject({ kind: "answer", reason: "InvalidProviderToken" });
    bench.write("refused.ndjson", ndjson(5000));
    const args = ["send-file", "refused.ndjson", "--concurrency", "10", ...server.flags];
    const { code, stderr } = await bench.run(args);
    expect(code).toBe(4);
    expect(stderr).toMatch(/APNs refuses the credentials.*\n {2}apnskit send-file refused\.ndjson/);
    expect(server.mock.ledger.totals.arrived).toBeLessThan(100);
  });

  it("shows a live line on a terminal, and none of it elsewhere", async () => {
    await using server = await TestServer.start(bench, { latency: 300 });
    bench.write("live.ndjson", ndjson(20));
    const args = ["send-file", "live.ndjson", ...server.flags];
    const terminal = await bench.run(args, { terminal: true });
    expect(terminal.stdout).toContain("\r\u001b[2K0  ");
    expect(terminal.stdout).toMatch(/accepted +20\r?\n/);
    const plain = await bench.run(args);
    expect(plain.stdout + plain.stderr).not.toContain("\u001b");
  });

  it("keeps to a rate", async () => {
    await using server = await TestServer.start(bench);
    bench.write("rate.ndjson", ndjson(40));
    await bench.run(["send-file", "rate.ndjson", "--rate", "50/s", ...server.flags]);
    const times = server.mock.ledger.entries().map(({ arrivedAt }) => arrivedAt);
    // 39 pauses of 20 ms; machines are late, never early.
    expect(times.at(-1)! - times[0]!).toBeGreaterThan(700);
  });

  it("sends 20,000 lines with an outcome for each, in bounded memory", async () => {
    await using server = await TestServer.start(bench, { ledger: { capacity: 0, payloads: false } });
    const path = bench.path("many.ndjson");
    const stream = createWriteStream(path);
    for (let at = 0; at < 20; at++) {
      const block = upTo((at + 1) * 1000, at * 1000 + 1).map(
        (number) => `{"token":"${tokenOf(number)}","payload":{"aps":{"badge":${number}}}}\n`,
      );
      if (!stream.write(block.join("")))
        await new Promise<void>((resolve) => stream.once("drain", () => resolve()));
    }
    await new Promise<void>((resolve) => stream.end(() => resolve()));
    const report = bench.write(
      "report.mjs",
      'process.on("exit", () => console.error("peak", process.resourceUsage().maxRSS));',
    );
    const env = { NODE_OPTIONS: `--import ${report}` };
    const run = await bench.run(["send-file", path, "--results", "many.results", ...server.flags], { env });
    expect(run.code).toBe(0);
    expect(linesOf("many.results")).toEqual(upTo(20_000));
    const peak = Number(/peak (\d+)/.exec(run.stderr)![1]) / 1024;
    expect(peak).toBeLessThan(200);
  });
});
