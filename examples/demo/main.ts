import { fileURLToPath } from "node:url";
import { CommanderError } from "commander";
import { runDemo } from "./demo.ts";
import { DemoFailure } from "./failure.ts";
import { readOptions } from "./options.ts";

const exampleFile = fileURLToPath(new URL("../notifications.ndjson", import.meta.url));

try {
  process.exitCode = await runDemo(readOptions(process.argv.slice(2), exampleFile));
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode;
  } else if (error instanceof DemoFailure) {
    console.error(`demo: ${error.message}`);
    process.exitCode = 1;
  } else {
    throw error;
  }
}
