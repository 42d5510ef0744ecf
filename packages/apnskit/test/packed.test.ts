import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { CertificateAuthority, MockApns } from "@apnskit/mock-server";
import { beforeAll, describe, expect, it } from "vitest";

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, "../../..");
const PACKAGES = ["http2", "connection", "pool", "apnskit"];

/** Nothing of the workspace's own settings may help the empty project. */
const environment = (() => {
  const { NODE_OPTIONS: _, NODE_PATH: __, ...rest } = process.env;
  return {
    ...rest,
    npm_config_update_notifier: "false",
    npm_config_fund: "false",
    npm_config_audit: "false",
  };
})();

let project: string;
let unavailable: string | undefined;

/** The newest change below a folder, in milliseconds since 1970. */
function newest(folder: string): number {
  if (!existsSync(folder)) return 0;
  const times = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs);
  return Math.max(0, ...times);
}

/** Builds what is older than its sources, packs it, and returns the tarball's name. */
async function pack(name: string, destination: string): Promise<string> {
  const folder = join(ROOT, "packages", name);
  const dist = join(folder, "dist");
  if (newest(join(folder, "src")) > newest(dist)) {
    await run(process.execPath, [join(ROOT, "node_modules/tsup/dist/cli-default.js")], { cwd: folder });
  }
  const { stdout } = await run(
    "npx",
    ["-y", "pnpm@10", "pack", "--json", "--pack-destination", destination],
    { cwd: folder },
  );
  return (JSON.parse(stdout.slice(stdout.indexOf("{"))) as { filename: string }).filename;
}

/** The first code block of a kind in the README. */
function block(mark: string): string {
  const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
  const found = new RegExp(`^\`\`\`${mark}\\n(.*?)^\`\`\`$`, "ms").exec(readme)?.[1];
  if (found === undefined) throw new Error(`the README has no block \`\`\`${mark}`);
  return found;
}

beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), "apnskit-packed-"));
  writeFileSync(join(project, "package.json"), '{ "name": "empty", "private": true }');
  try {
    const tarballs: string[] = [];
    for (const name of PACKAGES) tarballs.push(await pack(name, project));
    await run("npm", ["install", "--prefer-offline", "--ignore-scripts", ...tarballs], {
      cwd: project,
      env: environment,
    });
  } catch (error) {
    if (!/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|network/.test(String(error))) throw error;
    unavailable = "the npm registry is not reachable";
  }
  // Node's types and the compiler are not what is tested here.
  mkdirSync(join(project, "node_modules/@types"), { recursive: true });
  symlinkSync(join(ROOT, "node_modules/@types/node"), join(project, "node_modules/@types/node"));
}, 180_000);
beforeAll(() => () => rmSync(project, { recursive: true, force: true }));

/** A server under Apple's name, and a program that is led there; the program knows nothing of it. */
async function runAgainstMock(file: string): Promise<{ stdout: string; arrived: unknown[] }> {
  const authority = await CertificateAuthority.create();
  const identity = await authority.issue({ altNames: ["api.push.apple.com"] });
  await using server = await MockApns.start({ authority, identity, environment: "production" });
  writeFileSync(join(project, "AuthKey_ABC123DEFG.p8"), server.key.key);
  expect([server.key.keyId, server.key.teamId]).toEqual(["ABC123DEFG", "DEF123GHIJ"]);
  writeFileSync(join(project, "ca.pem"), server.ca);
  writeFileSync(
    join(project, "lead.cjs"),
    `const tls = require("node:tls"), { connect } = tls;
     tls.connect = (options) => {
       if (options.host !== "api.push.apple.com" || options.port !== 443) throw new Error("not Apple's: " + options.host);
       return connect({ ...options, host: "127.0.0.1", port: ${server.port} });
     };
     require("node:module").syncBuiltinESMExports();`,
  );
  const { stdout } = await run(process.execPath, ["--require", "./lead.cjs", file], {
    cwd: project,
    env: { ...environment, NODE_EXTRA_CA_CERTS: join(project, "ca.pem") },
    timeout: 30_000,
  });
  const arrived = server.ledger
    .entries({ kind: "push" })
    .map(({ topic, payload, acted }) => ({ topic, payload, acted }));
  return { stdout, arrived };
}

async function expectOnePush(file: string) {
  const { stdout, arrived } = await runAgainstMock(file);
  expect(stdout).toMatch(/^accepted as [0-9a-f-]{36}\n$/);
  const payload = '{"aps":{"alert":{"title":"Hello","body":"World"},"badge":1}}';
  expect(arrived).toEqual([{ topic: "com.example.app", payload, acted: true }]);
}

describe("the README's first lines run as they stand, from packed tarballs in an empty project,", () => {
  it("as an ES module", async (context) => {
    if (unavailable) context.skip(unavailable);
    writeFileSync(join(project, "hello.mjs"), block("ts no-run"));
    await expectOnePush("hello.mjs");
  });

  it("as CommonJS", async (context) => {
    if (unavailable) context.skip(unavailable);
    writeFileSync(join(project, "hello.cjs"), block("js"));
    await expectOnePush("hello.cjs");
  });

  it("as TypeScript, strict, for ES modules and for CommonJS", async (context) => {
    if (unavailable) context.skip(unavailable);
    mkdirSync(join(project, "out"), { recursive: true });
    writeFileSync(join(project, "hello.mts"), block("ts no-run"));
    writeFileSync(
      join(project, "types.cts"),
      `import apnskit = require("apnskit");
       export const options: apnskit.ApnsClientOptions = { environment: "production", auth: apnskit.providerToken({ key: "", keyId: "", teamId: "" }) };`,
    );
    const compilerOptions = {
      strict: true,
      module: "nodenext",
      target: "es2023",
      outDir: "out",
      types: ["node"],
    };
    writeFileSync(
      join(project, "tsconfig.json"),
      JSON.stringify({ compilerOptions, files: ["hello.mts", "types.cts"] }),
    );
    const compiled = run(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc")], { cwd: project });
    await compiled.catch(({ stdout }: { stdout: string }) => expect.fail(stdout));
    await expectOnePush("out/hello.mjs");
  });
});
