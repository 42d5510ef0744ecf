import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { floodTable, measureFloods } from "./floods.ts";

const usage = `pnpm bench:floods [--runs N] [--publish]

  --runs      how often each flood is run, 15 by default; the fastest run counts
  --publish   puts the table into docs/http2-conformance.md`;

const page = new URL("../../../docs/http2-conformance.md", import.meta.url);
const BEGIN = "<!-- begin floods -->";
const END = "<!-- end floods -->";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "15" },
    publish: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});
const runs = Number(values.runs);
if (values.help || !Number.isInteger(runs) || runs < 1) {
  console.log(usage);
  process.exit(values.help ? 0 : 2);
}

const table = floodTable(measureFloods(runs, (name) => process.stderr.write(`${name}\n`)));
console.log(`\n${table}`);
if (values.publish) {
  const text = readFileSync(page, "utf8");
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`the page lacks ${BEGIN} and ${END}`);
  writeFileSync(page, `${before}${BEGIN}\n\n${table}\n\n${END}${after}`);
}
