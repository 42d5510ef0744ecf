import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The start of the line in which a program prints its results. */
export const MARK = "seen: ";
const fromFile = 'JSON.parse(readFileSync(process.argv.at(-1), "utf8"))';
const say = `console.log("${MARK}" + JSON.stringify(seen))`;

/** Writes the program for the list of faults, as an ES module and as CommonJS. */
export function writeFaultPrograms(project: string): void {
  const list = readFileSync(join(import.meta.dirname, "../programs/fault-list.mjs"), "utf8");
  const commonJs = `${list.replace(/^export /gm, "")}\nmodule.exports = { faultList };\n`;
  writeFileSync(join(project, "fault-list.mjs"), list);
  writeFileSync(join(project, "fault-list.cjs"), commonJs);
  writeFileSync(
    join(project, "import.mjs"),
    `import { readFileSync } from "node:fs";
import process from "node:process";
import * as apnskit from "apnskit";
import { faultList } from "./fault-list.mjs";
const seen = await faultList(apnskit, ${fromFile});
${say};\n`,
  );
  writeFileSync(
    join(project, "require.cjs"),
    `const { readFileSync } = require("node:fs");
const apnskit = require("apnskit");
const { faultList } = require("./fault-list.cjs");
faultList(apnskit, ${fromFile}).then((seen) => ${say});\n`,
  );
}
