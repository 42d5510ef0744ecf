import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { FaultServers, type SeenCase } from "./fault-servers.ts";
import { MARK } from "./fault-sources.ts";
import { runProgram } from "./program.ts";

/**
 * Runs a program against the list of faults. The program's last argument is a file with the cases. It prints
 * the results that it saw.
 *
 * @throws Error if the program does not end by itself, or not with code 0
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
