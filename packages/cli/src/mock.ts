import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Invocation } from "./definition.ts";
import { ExitCode } from "./exit-codes.ts";
import { CommandFailure } from "./failure.ts";
import { MOCK_MANAGEMENT_PORT, MOCK_PORT, mockFolder } from "./settings/target.ts";

/** The program that the package `@apnskit/mock-server` installs as `apnskit-mock`. */
function mockProgram(): string {
  const manifest = createRequire(import.meta.url).resolve("@apnskit/mock-server/package.json");
  const { bin } = JSON.parse(readFileSync(manifest, "utf8")) as { bin: Record<string, string> };
  // If packages are loaded from their sources, there may be no build.
  const fromSources = import.meta.url.endsWith(".ts");
  const program = fromSources ? "src/cli.ts" : bin["apnskit-mock"]!;
  return join(dirname(manifest), program);
}

/**
 * Runs `apnskit mock`: the mock server's own command in a separate process. That process has the terminal, so
 * it gets Ctrl-C itself. If this process is killed, the closed channel ends the other one.
 */
export async function mock({ args, env }: Invocation<object>): Promise<ExitCode> {
  // Later arguments win, so flags and the mock server's own variables can override these.
  const own = [
    ...(env.APNSKIT_MOCK_CERT_DIR ? [] : ["--cert-dir", mockFolder(env)]),
    ...(env.APNSKIT_MOCK_PORT ? [] : ["--port", String(MOCK_PORT)]),
    ...(env.APNSKIT_MOCK_MANAGEMENT_PORT ? [] : ["--management-port", String(MOCK_MANAGEMENT_PORT)]),
  ];
  const given = (args[0] ?? []) as readonly string[];
  const child = spawn(process.execPath, [...process.execArgv, mockProgram(), ...own, ...given], {
    env,
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  });
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  // Ctrl-C already reaches the whole foreground group.
  const ignore = () => {};
  process.on("SIGTERM", pass).on("SIGINT", ignore);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", resolve);
    });
    if (code === null || code === 0) return ExitCode.accepted;
    // Its own message is on stderr already.
    throw new CommandFailure(ExitCode.usage, "the mock server could not be started, see above");
  } finally {
    process.off("SIGTERM", pass).off("SIGINT", ignore);
  }
}
