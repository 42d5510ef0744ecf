import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { Control, MockApns } from "../src/index.ts";
import { Client, TOPIC } from "./support/client.ts";
import { Command, killAll } from "./support/command.ts";

const CLI = fileURLToPath(new URL("../src/cli.ts", import.meta.url));

afterEach(killAll);

/** Runs the command to its end. */
async function run(...args: string[]) {
  const child = spawn(process.execPath, ["--import", "tsx", "--conditions=@apnskit/source", CLI, ...args]);
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => (out += chunk));
  child.stderr.on("data", (chunk) => (err += chunk));
  const [code] = await once(child, "close");
  return { code: code as number, out, err };
}

describe("apnskit-mock --wait", () => {
  test("ends with 0 once requests came, and prints them", async () => {
    await using server = await MockApns.start({ auth: "anything" });
    const control = await Control.listen(server, 0, { ui: false });
    const waiting = run("--wait", `topic=${TOPIC},count=2`, "--control-port", String(control.port), "--json");
    await using client = await Client.open(server);
    await client.push();
    await client.push({ "apns-topic": "com.example.other" });
    await client.push();
    const { code, out, err } = await waiting;
    expect([code, err]).toEqual([0, ""]);
    const lines = out.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ topic: TOPIC }, { topic: TOPIC }]);
    await control.close();
  });

  test("ends with 1 if they do not come in time", async () => {
    await using server = await MockApns.start({ auth: "anything" });
    const control = await Control.listen(server, 0, { ui: false });
    const { code, out, err } = await run(
      "--wait",
      "count=1,timeout=2000",
      "--control-port",
      String(control.port),
    );
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain("Only 0 of 1 requests came");
    await control.close();
  });

  test("without a query waits for the server, and ends with 1 if there is none", async () => {
    const probe = await MockApns.start();
    const free = await Control.listen(probe, 0, { ui: false });
    const { port } = free;
    const up = await run("--wait", "--control-port", String(port));
    expect([up.code, up.out, up.err]).toEqual([0, "", ""]);
    await free.close();
    await probe.close();
    const gone = await run("--wait", "timeout=150", "--control-port", String(port));
    expect(gone.code).toBe(1);
    expect(gone.err).toContain(`no server answers at http://127.0.0.1:${port} within 150 ms`);
  });

  test.each([
    ["tpic=x", "has no `tpic`"],
    ["count=some", "`count`"],
    ["timeout=-1", "`timeout`"],
  ])("refuses %s, naming what is wrong", async (words, message) => {
    const { code, err } = await run("--wait", words);
    expect(code).toBe(1);
    expect(err).toContain(message);
  });
});

test("apnskit-mock says where its page is, unless there is none", async () => {
  const without = new Command(["--json", "--port", "0", "--no-ui"]);
  expect(await without.ready()).not.toHaveProperty("page");
  await without.stop();
  const { port } = await import("node:net").then(async ({ createServer }) => {
    const listening = createServer().listen(0, "127.0.0.1");
    await once(listening, "listening");
    const address = listening.address() as { port: number };
    listening.close();
    return address;
  });
  const command = new Command(["--port", "0", "--control-port", String(port), "--ui"]);
  const first = await command.line(0);
  // The sources have no page before the first build.
  expect(first).toMatch(
    /^apnskit-mock is ready \(stop it with Ctrl-C\)(; look inside at http:\/\/127\.0\.0\.1:\d+\/)?$/,
  );
  await command.stop();
});
