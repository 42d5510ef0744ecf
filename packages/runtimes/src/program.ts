import { type ChildProcess, execFile, spawn } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** The output and the end of a program. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Settings of the workspace and of the test runner must not help the empty project. */
function environment(): NodeJS.ProcessEnv {
  const foreign = /^(NODE_(OPTIONS|PATH|ENV)|VITEST.*|npm_(?!config_(registry|cafile)$).*)$/;
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return {
    ...Object.fromEntries(kept),
    npm_config_update_notifier: "false",
    npm_config_fund: "false",
    npm_config_audit: "false",
    DENO_NO_UPDATE_CHECK: "1",
  };
}

/** Maximum run time of a program, milliseconds. */
const PATIENCE = 120_000;

/**
 * Runs a program to its end. Kills a program that takes longer than `timeout` milliseconds, which counts as a
 * failure.
 */
export async function runProgram(
  file: string,
  args: readonly string[],
  cwd: string,
  extra: NodeJS.ProcessEnv = {},
  timeout = PATIENCE,
): Promise<Ended> {
  try {
    const env = { ...environment(), ...extra };
    const { stdout, stderr } = await execute(file, args, { cwd, env, timeout, maxBuffer: 1 << 26 });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout = "", stderr = "" } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof code === "string") throw error;
    return { code: typeof code === "number" ? code : -1, stdout, stderr };
  }
}

/** The output of a program that must succeed. */
export async function outputOf(
  file: string,
  args: readonly string[],
  cwd: string,
  extra: NodeJS.ProcessEnv = {},
  timeout = PATIENCE,
): Promise<string> {
  const { code, stdout, stderr } = await runProgram(file, args, cwd, extra, timeout);
  if (code !== 0) throw new Error(`${file} ${args.join(" ")} ended with ${code}:\n${stdout}\n${stderr}`);
  return stdout;
}

/** Starts a program that runs until the test stops it. Its errors go to the standard error of the tests. */
export function startProgram(
  file: string,
  args: readonly string[],
  cwd: string,
  extra: NodeJS.ProcessEnv = {},
): ChildProcess {
  const env = { ...environment(), ...extra };
  return spawn(file, args, { cwd, env, stdio: ["ignore", "ignore", "inherit"] });
}
