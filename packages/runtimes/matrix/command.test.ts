import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MockApns } from "@apnskit/mock-server";
import { describe, expect, inject, it } from "vitest";
import { runProgram } from "../src/program.ts";
import { ROOT } from "../src/public-packages.ts";
import { RUNTIMES } from "../src/runtimes.ts";
import { runtimeBinary } from "../src/tools.ts";

const unavailable = inject("unavailable");
const application = inject("application");
const command = join(application, "node_modules/@apnskit/cli/bin/apnskit.js");

it.skipIf(unavailable)("the commands of the README run unchanged", async () => {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const commands = Array.from(readme.matchAll(/^apnskit (?:doctor|send|send-file) .*$/gm), ([line]) => line);
  expect(commands).toHaveLength(3);
  await using server = await MockApns.start();
  const folder = join(application, "readme");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `AuthKey_${server.key.keyId}.p8`), server.key.key);
  writeFileSync(join(folder, "ca.pem"), server.ca);
  const live = {
    keyFile: `AuthKey_${server.key.keyId}.p8`,
    teamId: server.key.teamId,
    topic: "com.example.app",
    target: `https://localhost:${server.port}`,
    ca: "ca.pem",
  };
  writeFileSync(join(folder, "apnskit.config.json"), JSON.stringify({ profile: "live", profiles: { live } }));
  const rows = Array.from({ length: 50 }, (_, at) => `${at.toString(16).padStart(64, "0")},Anna ${at}`);
  writeFileSync(join(folder, "users.csv"), ["token,name", ...rows, ""].join("\n"));
  writeFileSync(join(folder, "sale.json"), JSON.stringify({ payload: { aps: { alert: "Hello {{name}}" } } }));
  const path = `${join(application, "node_modules/.bin")}:${process.env.PATH}`;
  for (const line of commands) {
    const ended = await runProgram("sh", ["-c", line], folder, { PATH: path, TOKEN: "aa".repeat(32) });
    expect(ended, `${line}\n${ended.stdout}\n${ended.stderr}`).toMatchObject({ code: 0 });
  }
  // One request is the doctor's, to a random device token.
  expect(server.ledger.entries({ acted: true })).toHaveLength(52);
  expect(readFileSync(join(folder, "out.ndjson"), "utf8").trim().split("\n")).toHaveLength(50);
});

describe.skipIf(unavailable)("the command apnskit", () => {
  describe.each(RUNTIMES)("under $name", ({ name, commandArgs }) => {
    const binary = runtimeBinary(name);

    it.skipIf(binary === undefined)(
      "prints its version, sends, and exits with the code of the outcome",
      async () => {
        await using server = await MockApns.start();
        const gone = "bb".repeat(32);
        server.devices.unregister(gone, 1_700_000_000_000);
        const folder = application;
        writeFileSync(join(folder, "AuthKey_ABC123DEFG.p8"), server.key.key);
        writeFileSync(join(folder, "command-ca.pem"), server.ca);
        const run = (...args: string[]) =>
          runProgram(binary!, [...commandArgs, command, ...args], folder, {
            APNSKIT_KEY_FILE: join(folder, "AuthKey_ABC123DEFG.p8"),
            APNSKIT_TEAM_ID: server.key.teamId,
            APNSKIT_TOPIC: "com.example.app",
            APNSKIT_TARGET: `https://localhost:${server.port}`,
            APNSKIT_CA: join(folder, "command-ca.pem"),
          });
        const { version } = JSON.parse(
          readFileSync(join(application, "node_modules/@apnskit/cli/package.json"), "utf8"),
        );
        expect(await run("--version")).toMatchObject({ code: 0, stdout: `${version}\n` });

        const accepted = await run("send", "aa".repeat(32), "--title", "Hello", "--json");
        expect(accepted, accepted.stderr).toMatchObject({ code: 0 });
        expect(JSON.parse(accepted.stdout)).toMatchObject({ result: "accepted" });
        const refused = await run("send", gone, "--title", "Hello", "--json");
        expect(refused.code).toBeGreaterThan(0);
        expect(JSON.parse(refused.stdout)).toMatchObject({ result: "rejected", reason: "Unregistered" });
        expect(server.ledger.totals).toMatchObject({ arrived: 2, acted: 1 });
      },
    );
  });
});
