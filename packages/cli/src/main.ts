#!/usr/bin/env node
import { commandLine } from "./command-line.ts";

const { argv, cwd, env, stdin, stdout, stderr } = process;

// The reader of stdout or stderr may go away, such as `head`: a command that goes on writing stops by itself.
for (const stream of [stdout, stderr]) stream.on("error", () => {});

process.exitCode = await commandLine({ argv: argv.slice(2), cwd: cwd(), env, stdin, stdout, stderr });
