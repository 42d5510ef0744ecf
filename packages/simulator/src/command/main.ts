import { readFlags, USAGE } from "./flags.ts";
import { simulate } from "./simulate.ts";

const print = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  const failed = await simulate(readFlags(process.argv.slice(2)), print);
  process.exitCode = failed === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n\n${USAGE}\n`);
  process.exitCode = 2;
}
