import { parseArgs } from "node:util";
import { runDemo } from "./demo.ts";

const { values } = parseArgs({
  // pnpm hands a "--" on.
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: { count: { type: "string", default: "200000" } },
});
const count = Number(values.count);
if (Number.isSafeInteger(count) && count >= 100) {
  const { acted, wereInDoubt } = await runDemo(count, (line) => console.log(line));
  process.exitCode = acted[0] === 0 && acted[2] === wereInDoubt ? 0 : 1;
} else {
  console.error(
    `demo:campaign: --count must be a whole number from 100, got ${JSON.stringify(values.count)}`,
  );
  process.exitCode = 2;
}
