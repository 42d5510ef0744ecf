import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";
import type { Invocation } from "../definition.ts";
import { usage } from "../failure.ts";
import { buildProgram } from "../program.ts";
import { VERSION } from "../version.ts";
import { expectsFile } from "./expects-file.ts";

const SHELLS = ["zsh", "bash", "fish", "powershell"];

/** Tells the scripts that there are no candidates but files (ShellCompDirectiveDefault of cobra, whose form they use). */
const FILES = ":0";

/** A candidate and its description take one line. */
function describeInOneLine(command: Command): void {
  if (command.summary() !== "") command.description(command.summary());
  for (const sub of command.commands) describeInOneLine(sub);
}

/**
 * Runs `apnskit complete`: prints a shell's script, or, called by such a script as `complete -- <words>`, what may come
 * next.
 */
export async function complete({ argv, output, ...terminal }: Invocation<object>): Promise<undefined> {
  const [first, ...rest] = argv.slice(argv.indexOf("complete") + 1);
  const { COMMANDS } = await import("../commands/index.ts");
  // The adapter adds a command of this name to the program that it is given.
  const others = COMMANDS.filter(({ name }) => name !== "complete");
  const { stdout } = output;
  const silent = { onCommand() {}, onExit() {} };
  const program = buildProgram(others, { ...terminal, argv, stdout, stderr: stdout }, silent, VERSION);
  if (first === "--" && expectsFile(COMMANDS, rest)) {
    output.line(FILES);
    return;
  }
  describeInOneLine(program);
  const completion = tab(program);
  if (first === "--") {
    completion.parse(rest);
    return;
  }
  if (first === undefined || rest.length > 0 || !SHELLS.includes(first)) {
    throw usage("a shell is needed: zsh, bash, fish or powershell");
  }
  completion.setup("apnskit", "apnskit", first);
}
