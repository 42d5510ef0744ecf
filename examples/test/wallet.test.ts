import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

it("the example of Wallet adds a pass to a phone, pushes, and the phone shows the new version", async () => {
  const program = join(ROOT, "examples/wallet/main.ts");
  const args = ["--import", "tsx", "--conditions=@apnskit/source", program];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, {
    cwd: join(ROOT, "examples"),
  });
  expect(stderr).toBe("");
  expect(stdout.trimEnd().split("\n")).toEqual([
    "added      version 1: 0 points of Ada",
    "pushed     accepted",
    "updated    version 2: 7 points of Ada",
    "asked      POST /wallet/v1/devices/<device>/registrations/pass.com.example.boarding/1 201",
    "asked      GET /wallet/v1/devices/<device>/registrations/pass.com.example.boarding 200",
    "asked      GET /wallet/v1/passes/pass.com.example.boarding/1 200",
  ]);
}, 120_000);
