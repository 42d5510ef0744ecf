import { execFile } from "node:child_process";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { REASONS } from "apnskit";
import { describe, expect, it } from "vitest";
import { REMEDIES } from "../src/reasons/remedies.ts";
import { useWorkbench } from "./support/command.ts";
import { mockServerIsBuilt } from "./support/mock-server.ts";
import { TestServer, TOKEN } from "./support/server.ts";

failOnLeaks();
const bench = useWorkbench();

describe("token", () => {
  it("prints a token that APNs takes, and its age on stderr", async () => {
    await using server = await TestServer.start(bench);
    const { code, stdout, stderr } = await bench.run(["token", ...server.key]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(stderr).toMatch(/^0 min old, valid for 59 min more; key ABC123DEFG, team DEF123GHIJ\n$/);
    const [header, claims] = stdout
      .split(".")
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, "base64url").toString()));
    expect(header).toEqual({ alg: "ES256", kid: "ABC123DEFG" });
    expect(claims).toMatchObject({ iss: "DEF123GHIJ" });
  });

  it("takes the key from stdin, and from the environment with \\n spelt out", async () => {
    await using server = await TestServer.start(bench);
    const key = String(server.mock.key.key);
    const ids = ["--key-id", "ABC123DEFG", "--team-id", "DEF123GHIJ"];
    expect(await bench.run(["token", "--key-file", "-", ...ids], { input: key })).toMatchObject({ code: 0 });
    const env = { APNSKIT_KEY: key.replaceAll("\n", "\\n") };
    expect(await bench.run(["token", ...ids], { env })).toMatchObject({ code: 0 });
  });

  it("--decode tells age, expiry and whether the key signed it", async () => {
    await using server = await TestServer.start(bench);
    const made = (await bench.run(["token", ...server.key])).stdout;
    const fresh = await bench.run(["token", "--decode", "-", "--json", ...server.key], {
      input: `bearer ${made}`,
    });
    expect(JSON.parse(fresh.stdout)).toMatchObject({ valid: true, signatureMatchesKey: true });
    expect(fresh.code).toBe(0);
    const old = `${Buffer.from('{"alg":"ES256"}').toString("base64url")}.${Buffer.from('{"iat":1000}').toString("base64url")}.AAAA`;
    const expired = await bench.run(["token", "--decode", "-", ...server.key], { input: old });
    expect(expired.code).toBe(4);
    expect(expired.stdout).toMatch(/expired/);
    expect(expired.stdout).toMatch(/by another key/);
  });
});

describe("certificate", () => {
  it("shows topics, push types, environments, dates, chain and the key", async () => {
    await using server = await TestServer.start(bench);
    const { cert, key } = await server.mock.issueClientCertificate({
      environments: ["sandbox", "production"],
    });
    bench.write("both.pem", cert + key);
    const { code, stdout } = await bench.run(["certificate", "both.pem", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      environments: expect.arrayContaining(["sandbox", "production"]),
      pushTypes: expect.arrayContaining(["alert", "background"]),
      keyMatches: true,
      chain: [{ issuer: expect.stringMatching(/authority/) }],
    });
    expect(JSON.parse(stdout).topics[0].topic).toBe("com.example.app");
    const shown = await bench.run(["certificate", "both.pem"]);
    expect(shown.stdout).toMatch(/^key +belongs to it$/m);
    expect(shown.stdout).not.toContain("PRIVATE");
  });

  it("shows one without its key, PEM or DER, and one that has expired", async () => {
    await using server = await TestServer.start(bench);
    const { cert } = await server.mock.issueClientCertificate({ environments: ["sandbox"] });
    bench.write("alone.pem", cert);
    bench.write("alone.cer", Buffer.from(cert.replace(/-----[^-]+-----/g, ""), "base64"));
    for (const file of ["alone.pem", "alone.cer"]) {
      const { code, stdout } = await bench.run(["certificate", file]);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^environments +sandbox$/m);
      expect(stdout).toMatch(/^key +not compared/m);
    }
    const day = 86_400_000;
    const dates = { notBefore: new Date(Date.now() - 9 * day), notAfter: new Date(Date.now() - day) };
    const old = await server.mock.issueClientCertificate(dates);
    bench.write("old.pem", old.cert + old.key);
    const expired = await bench.run(["certificate", "old.pem"]);
    expect(expired.code).toBe(4);
    expect(expired.stdout).toMatch(/\(expired\)/);
  });
});

describe("channels and broadcast", () => {
  it("create, read, list, use and delete a channel", async () => {
    await using server = await TestServer.start(bench);
    const flags = [...server.flags, "--management-origin", server.mock.managementOrigin];
    const created = await bench.run(["channels", "create", "--storage", "newest", ...flags]);
    expect(created).toMatchObject({ code: 0, stderr: "" });
    const id = created.stdout.trim();
    expect((await bench.run(["channels", "list", ...flags])).stdout).toBe(`${id}\n`);
    const read = await bench.run(["channels", "read", id, "--json", ...flags]);
    expect(JSON.parse(read.stdout)).toEqual({ id, storage: "newest" });
    const update = ["--event", "update", "--state", "-"];
    const sent = await bench.run(["broadcast", id, ...update, ...server.flags], { input: '{"score":1}' });
    expect(sent).toMatchObject({ code: 0, stdout: expect.stringMatching(/^accepted/) });
    const [entry] = server.mock.ledger.entries({ kind: "broadcast" });
    expect(JSON.parse(entry!.payload!).aps).toMatchObject({ event: "update", "content-state": { score: 1 } });
    expect(await bench.run(["channels", "delete", id, ...flags])).toMatchObject({ code: 0 });
    const again = await bench.run(["broadcast", id, ...update, ...server.flags], { input: '{"score":1}' });
    expect(again).toMatchObject({ code: 1, stderr: expect.stringMatching(/APNs answered 400/) });
  });
});

describe("mock", () => {
  it.skipIf(!mockServerIsBuilt)(
    "runs the mock server's command, which --target mock:<port> finds with its key",
    async () => {
      const env = { XDG_STATE_HOME: bench.path("state") };
      const ports = ["--port", "0", "--management-port", "0", "--control-port", "0"];
      const server = bench.start(["mock", ...ports, "--json"], { env });
      await server.shows(/"event":"ready".*\n/);
      const { port, managementOrigin } = JSON.parse(server.stdout.split("\n")[0]!);
      const target = ["--target", `mock:${port}`];
      const sent = await bench.run(["send", TOKEN, "--body", "x", ...target], { env });
      expect(sent).toMatchObject({ code: 0, stderr: "" });
      const origin = ["--management-origin", managementOrigin];
      expect(await bench.run(["channels", "create", ...target, ...origin], { env })).toMatchObject({
        code: 0,
      });
      expect(await bench.run(["doctor", ...target], { env })).toMatchObject({ code: 0 });
      // A profile's credentials are for Apple: the mock server's own go before them.
      const profile = { keyFile: "none.p8", keyId: "XXXXXXXXXX", teamId: "XXXXXXXXXX", topic: "a.b" };
      bench.write("state/config.json", JSON.stringify({ profiles: { live: profile } }));
      const config = ["--config", "state/config.json"];
      expect(await bench.run(["send", TOKEN, "--body", "x", ...target, ...config], { env })).toMatchObject({
        code: 0,
      });
      server.child.kill("SIGTERM");
      expect((await server.ended).code).toBe(0);
    },
  );
});

describe("simulator", () => {
  const fake =
    '#!/bin/sh\nfor word in "$@"; do echo "$word"; done > "$HOME/xcrun.args"\nfor last; do :; done\ncat "$last" > "$HOME/xcrun.payload"\n';

  it("runs xcrun simctl push with the payload and the app's bundle identifier in it", async () => {
    chmodSync(bench.write("bin/xcrun", fake), 0o755);
    const env = { PATH: `${bench.path("bin")}:${process.env.PATH}` };
    const args = ["simulator", "booted", "com.example.app", "--title", "Hello", "--data", "a=b"];
    expect(await bench.run(args, { env })).toMatchObject({ code: 0, stderr: "" });
    const [push, word, device, bundle, file] = readFileSync(bench.path("xcrun.args"), "utf8").split("\n");
    expect([push, word, device, bundle]).toEqual(["simctl", "push", "booted", "com.example.app"]);
    expect(JSON.parse(readFileSync(bench.path("xcrun.payload"), "utf8"))).toEqual({
      aps: { alert: { title: "Hello" } },
      a: "b",
      "Simulator Target Bundle": "com.example.app",
    });
    expect(existsSync(file!)).toBe(false);
  });

  it("passes on what xcrun says when it fails, and ends with 3", async () => {
    chmodSync(bench.write("broken/xcrun", "#!/bin/sh\necho 'Invalid device: nope' >&2\nexit 164\n"), 0o755);
    const env = { PATH: `${bench.path("broken")}:${process.env.PATH}` };
    const ended = await bench.run(["simulator", "nope", "com.example.app", "--title", "x"], { env });
    expect(ended).toMatchObject({
      code: 3,
      stderr: "apnskit simulator: xcrun simctl push: Invalid device: nope\n",
    });
  });

  it("--write makes the file where there is no Xcode", async () => {
    const args = ["simulator", "booted", "com.example.app", "--payload", "-", "--write", "hello.apns"];
    const ended = await bench.run(args, { input: '{"aps":{"alert":"x"}}', env: { PATH: "/nowhere" } });
    expect(ended).toMatchObject({ code: 0, stdout: "written to hello.apns\n" });
    const written = JSON.parse(readFileSync(bench.path("hello.apns"), "utf8"));
    expect(written).toEqual({ aps: { alert: "x" }, "Simulator Target Bundle": "com.example.app" });
  });
});

describe("reasons", () => {
  it("lists all reasons, and explains one in any case and spelling", async () => {
    const list = await bench.run(["reasons", "--json"]);
    expect(
      list.stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).reason),
    ).toEqual([...REASONS.keys()]);
    const one = await bench.run(["reasons", "baddevicetoken"]);
    expect(one.stdout).toMatch(/BadDeviceToken \(400\)\n.*\nWhat to do: .*Xcode/);
    expect((await bench.run(["reasons", "BadEnvironmentKeyIdInToken"])).code).toBe(0);
  });

  it("has a remedy for every reason that the client knows, and for no other", () => {
    expect(Object.keys(REMEDIES).sort()).toEqual([...REASONS.keys()].sort());
  });

  it("ends quietly when the reader of stdout goes away", async () => {
    const shell = promisify(execFile);
    const line = `"${process.execPath}" "${bench.program}" reasons | head -n 1`;
    const { stdout, stderr } = await shell("sh", ["-c", line]);
    expect(stdout.split("\n")).toHaveLength(2);
    expect(stderr).toBe("");
  });
});

describe("complete", () => {
  it("offers commands, flags and choices", async () => {
    const offered = async (...words: string[]) =>
      (await bench.run(["complete", "--", ...words])).stdout.split("\n").map((line) => line.split("\t")[0]);
    expect(await offered("send")).toEqual(expect.arrayContaining(["send", "send-file"]));
    expect(await offered("send", "--ti")).toEqual(expect.arrayContaining(["--title", "--timeout"]));
    expect(await offered("send", "--event", "")).toEqual(expect.arrayContaining(["start", "update", "end"]));
    expect(await offered("channels", "")).toEqual(expect.arrayContaining(["list", "create"]));
  });

  it.each(["bash", "zsh", "fish", "powershell"])("prints a script for %s", async (shell) => {
    const { code, stdout, stderr } = await bench.run(["complete", shell]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("apnskit");
  });

  it("works in bash", async () => {
    const { stdout: script } = await bench.run(["complete", "bash"]);
    bench.write("completion.bash", script);
    chmodSync(
      bench.write("path/apnskit", `#!/bin/sh\nexec "${process.execPath}" "${bench.program}" "$@"\n`),
      0o755,
    );
    const name = /complete .*-F (\S+) apnskit/.exec(script)![1];
    const lines = [
      "_get_comp_words_by_ref() { cur=rea; prev=apnskit; words=(apnskit rea); cword=1; }",
      `source "${bench.path("completion.bash")}"`,
      "COMP_WORDS=(apnskit rea); COMP_CWORD=1; COMP_LINE='apnskit rea'; COMP_POINT=11",
      `${name}; echo "\${COMPREPLY[@]}"`,
    ];
    const env = { ...process.env, PATH: `${bench.path("path")}:${process.env.PATH}` };
    const { stdout } = await promisify(execFile)("bash", ["-c", lines.join("\n")], { env });
    expect(stdout).toContain("reasons");
  });
});
