import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FaultServers, type SeenCase } from "./fault-servers.ts";
import { runProgram } from "./program.ts";

const MARK = "seen: ";
const fromFile = 'JSON.parse(readFileSync(process.argv.at(-1), "utf8"))';
const say = `console.log("${MARK}" + JSON.stringify(seen))`;

/** The program of the list of faults, as an ES module and as CommonJS. */
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

/**
 * Runs a program against the list of faults. Its last argument is a file with the cases; it prints what it saw.
 *
 * @throws Error when it does not end by itself, or not with 0
 */
export async function runFaultProgram(
  project: string,
  name: string,
  command: string,
  args: readonly string[],
): Promise<SeenCase[]> {
  await using servers = await FaultServers.start();
  const file = join(project, `cases-${name.replaceAll(/[^\w.-]+/g, "-")}.json`);
  writeFileSync(file, JSON.stringify(servers.cases));
  const { code, stdout, stderr } = await runProgram(command, [...args, file], project);
  const line = stdout.split("\n").find((text) => text.startsWith(MARK));
  if (code !== 0 || line === undefined) throw new Error(`${name} ended with ${code}:\n${stdout}\n${stderr}`);
  return servers.compare(JSON.parse(line.slice(MARK.length)) as unknown[]);
}
