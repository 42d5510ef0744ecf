import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

vi.setConfig({ testTimeout: 120_000 });
const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, "../../..");
const PACKAGES = [
  ...["http2", "connection", "pool", "apnskit", "mock-server"],
  ...["campaign", "legacy-gateway", "wallet", "cli"],
];

/** The workspace's settings must not affect the empty project. */
const environment = (() => {
  const { NODE_OPTIONS: _, NODE_PATH: __, ...all } = process.env;
  const rest = Object.fromEntries(Object.entries(all).filter(([name]) => !/^p?npm_/i.test(name)));
  const quiet = { npm_config_update_notifier: "false", npm_config_fund: "false", npm_config_audit: "false" };
  return { ...rest, ...quiet };
})();

let project: string;
let unavailable: string | undefined;

/** The newest change below a folder, in milliseconds since 1970. */
function newest(folder: string): number {
  if (!existsSync(folder)) return 0;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Math.max(0, ...files.map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs));
}

/** Builds what is older than its sources, packs it, and returns the tarball's name. */
async function pack(name: string): Promise<string> {
  const folder = join(ROOT, "packages", name);
  if (newest(join(folder, "src")) > newest(join(folder, "dist"))) {
    await run(process.execPath, [join(ROOT, "node_modules/tsup/dist/cli-default.js")], { cwd: folder });
  }
  const args = ["-y", "pnpm@10", "pack", "--json", "--pack-destination", project];
  const { stdout } = await run("npx", args, { cwd: folder });
  return (JSON.parse(stdout.slice(stdout.indexOf("{"))) as { filename: string }).filename;
}

beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), "apnskit-cli-packed-"));
  writeFileSync(join(project, "package.json"), '{ "name": "empty", "private": true }');
  try {
    const tarballs: string[] = [];
    for (const name of PACKAGES) tarballs.push(await pack(name));
    const args = ["install", "--prefer-offline", "--ignore-scripts", ...tarballs];
    await run("npm", args, { cwd: project, env: environment });
  } catch (error) {
    if (!/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|network/.test(String(error))) throw error;
    unavailable = "the npm registry is not reachable";
  }
}, 600_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

describe("from packed tarballs in an empty folder", () => {
  it("npx apnskit doctor --target mock finds everything right", async (context) => {
    if (unavailable) context.skip(unavailable);
    const env = { ...environment, HOME: project, XDG_STATE_HOME: join(project, "state") };
    const { stdout, stderr } = await run("npx", ["apnskit", "doctor", "--target", "mock"], {
      cwd: project,
      env,
    });
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^✓ target/);
    expect(stdout).toMatch(/^✓ answer/m);
    expect(stdout).not.toMatch(/^✗/m);
  });

  it("npx apnskit campaign says which packages a store needs", async (context) => {
    if (unavailable) context.skip(unavailable);
    const args = ["apnskit", "campaign", "status", "sale", "--redis", "redis://127.0.0.1:1"];
    await expect(run("npx", args, { cwd: project, env: environment })).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^apnskit campaign status: .*npm install @apnskit\/bullmq bullmq ioredis\n$/,
      ),
    });
  });

  it("npx apnskit knows its version, and runs the mock server's command", async (context) => {
    if (unavailable) context.skip(unavailable);
    const version = await run("npx", ["apnskit", "--version"], { cwd: project, env: environment });
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const help = await run("npx", ["apnskit", "mock", "--help"], { cwd: project, env: environment });
    expect(help.stdout).toMatch(/Usage: apnskit-mock/);
  });
});
