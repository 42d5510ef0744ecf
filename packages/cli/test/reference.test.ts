import { expect, it } from "vitest";
import { COMMANDS } from "../src/commands/index.ts";
import type { CommandDefinition } from "../src/definition.ts";
import { ExitCode } from "../src/exit-codes.ts";
import { useWorkbench } from "./support/command.ts";
import { referencePage } from "./support/reference.ts";

const bench = useWorkbench();

it("the reference page is what the definitions say (vitest --update writes it)", async () => {
  const page = "../../../docs/guides/command-line-reference.md";
  await expect(referencePage(COMMANDS)).toMatchFileSnapshot(page);
});

/** Each command that runs, with the words that name it. */
function paths(
  commands: readonly CommandDefinition<never>[],
  parent: readonly string[] = [],
): [string, CommandDefinition<never>][] {
  return commands.flatMap((command) => {
    const path = [...parent, command.name];
    const subs = paths(command.subcommands ?? [], path);
    return command.run === undefined ? subs : [[path.join(" "), command], ...subs];
  });
}

it.each(paths(COMMANDS).filter(([, command]) => !command.passThrough))(
  "the help of %s shows every option of its definition",
  async (path, command) => {
    const { code, stdout, stderr } = await bench.run([...path.split(" "), "--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const flags = (command.options ?? []).flatMap(({ options }) => options.map((option) => option.flags));
    expect(flags.filter((flag) => !stdout.includes(flag))).toEqual([]);
  },
);

it("shows help and version, each with exit code 0", async () => {
  expect(await bench.run(["--version"])).toMatchObject({ code: 0, stdout: "0.1.0\n" });
  const help = await bench.run(["--help"]);
  expect(help).toMatchObject({ code: 0, stderr: "" });
  for (const { name } of COMMANDS) expect(help.stdout).toContain(`\n  ${name} `);
  expect((await bench.run(["help", "send"])).stdout).toContain("apnskit send");
});

it("every exit code has a number of its own", () => {
  expect(new Set(Object.values(ExitCode)).size).toBe(Object.keys(ExitCode).length);
});
