import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Invocation } from "./definition.ts";
import { ExitCode } from "./exit-codes.ts";
import { CommandFailure, fileProblem, oneLine, usage } from "./failure.ts";
import { notificationFromFlags } from "./notification/from-flags.ts";
import type { NotificationFlags } from "./options/notification-options.ts";

/** Options of `apnskit simulator`. */
export interface SimulatorFlags extends NotificationFlags {
  readonly write?: string;
}

/** The key that names the app in a file dropped onto a simulator. */
const BUNDLE_KEY = "Simulator Target Bundle";

/** Runs `apnskit simulator`. */
export async function simulator(invocation: Invocation<SimulatorFlags>): Promise<ExitCode> {
  const { options, output, env, args } = invocation;
  const [device, bundle] = args as readonly [string, string];
  if (device.startsWith("-")) throw usage("the device must not begin with -");
  if (!/^[\w.-]+$/.test(bundle) || bundle.startsWith("-")) {
    throw usage("the bundle must be a bundle identifier, such as com.example.app");
  }
  const notification = await notificationFromFlags(options, Date.now());
  const payload = notification.payload() as Record<string, unknown>;
  const text = `${JSON.stringify({ ...payload, [BUNDLE_KEY]: bundle }, null, 2)}\n`;
  if (options.write !== undefined) {
    if (options.write === "-") output.line(text.trimEnd());
    else {
      writeText(options.write, text);
      output.result({ written: options.write }, () => `written to ${options.write}`);
    }
    return ExitCode.accepted;
  }
  const folder = mkdtempSync(join(tmpdir(), "apnskit-"));
  try {
    const file = join(folder, "notification.apns");
    writeText(file, text);
    await xcrun(["simctl", "push", device, bundle, file], env);
    output.result({ device, bundle, pushed: true }, () => `pushed to ${bundle} on ${device}`);
    return ExitCode.accepted;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeText(path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: 0o600 });
  } catch (error) {
    throw usage(`--write ${path}: ${fileProblem(error)}`, { cause: error });
  }
}

/** Runs Xcode's tool; its output goes into the failure. */
function xcrun(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn("xcrun", args, { env, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (chunk) => {
      if (said.length < 4096) said += String(chunk);
    });
    child.once("error", (error: NodeJS.ErrnoException) => {
      const missing =
        "xcrun is not on this machine: it comes with Xcode, on macOS; --write makes the file instead";
      const why = error.code === "ENOENT" ? missing : `xcrun cannot be run: ${fileProblem(error)}`;
      reject(new CommandFailure(ExitCode.unreachable, why, { cause: error }));
    });
    child.once("close", (code) => {
      if (code === 0) resolve();
      else {
        const why = oneLine(said) || `it ended with ${code ?? "a signal"}`;
        reject(new CommandFailure(ExitCode.unreachable, `xcrun simctl push: ${why}`));
      }
    });
  });
}
