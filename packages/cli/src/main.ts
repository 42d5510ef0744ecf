#!/usr/bin/env node
import { writeSync } from "node:fs";
import { commandLine } from "./command-line.ts";
import { ExitCode } from "./exit-codes.ts";
import { fileProblem } from "./failure.ts";

const { argv, cwd, env, stdin, stdout, stderr } = process;

// The reader of stdout or stderr may go away, such as `head`; a command that keeps writing stops by itself.
stderr.on("error", () => {});
stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") failed ??= error;
});
let failed: NodeJS.ErrnoException | undefined;
process.on("exit", () => {
  if (failed === undefined) return;
  writeSync(stderr.fd, `apnskit: stdout: ${fileProblem(failed)}\n`);
  if (process.exitCode === ExitCode.accepted) process.exitCode = ExitCode.usage;
});

process.exitCode = await commandLine({ argv: argv.slice(2), cwd: cwd(), env, stdin, stdout, stderr });
