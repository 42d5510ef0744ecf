import type { CommandDefinition, OptionDefinition } from "../../src/definition.ts";
import { ExitCode } from "../../src/exit-codes.ts";
import { OUTPUT_OPTIONS } from "../../src/options/output-options.ts";
import { VARIABLES } from "../../src/settings/variables.ts";

/** What the exit codes mean, for the page. */
const MEANINGS: Readonly<Record<keyof typeof ExitCode, string>> = {
  accepted: "all was accepted, or the command did what it was asked",
  rejected: "APNs refused some notifications",
  usage: "the command line, or a file that it names, is wrong; nothing was sent for it",
  unreachable: "the server cannot be reached",
  credentials: "a key or certificate is missing, cannot be read, or was refused",
  unsent: "some notifications certainly never reached APNs",
  unknown: "some notifications may have reached APNs or not",
  defect: "a defect of the command; `APNSKIT_DEBUG=1` shows where",
  interrupted: "Ctrl-C or SIGTERM, or the reader of stdout went away",
};

/** The reference page of the commands, generated from their definitions. */
export function referencePage(commands: readonly CommandDefinition<never>[]): string {
  const parts = [
    "# Reference of the command `apnskit`",
    "A test makes this page from the commands' definitions. The [guide](command-line.md) explains how they are used.",
    ...commands.flatMap((command) => section(command, "apnskit")),
    `## Options of every command\n\n${optionTable(OUTPUT_OPTIONS.options)}`,
    `## Environment\n\n${table(
      ["variable", "what it holds"],
      Object.entries(VARIABLES).map(([name, what]) => [`\`${name}\``, what]),
    )}`,
    `## Exit codes\n\n${table(
      ["code", "meaning"],
      Object.entries(ExitCode).map(([name, code]) => [String(code), MEANINGS[name as keyof typeof ExitCode]]),
    )}\n\nOf several that apply, the command ends with the first of 130, 6, 4, 5, 1.`,
  ];
  return `${parts.join("\n\n")}\n`;
}

function section(command: CommandDefinition<never>, parent: string): string[] {
  const path = `${parent} ${command.name}`;
  const usage = [path, ...(command.arguments ?? []).map(({ name }) => name)].join(" ");
  const parts = [`## ${path}`, `${sentence(command.summary)}`];
  if (command.run !== undefined)
    parts.push(`\`\`\`text\n${usage}${command.passThrough ? "" : " [options]"}\n\`\`\``);
  if (command.details !== undefined) parts.push(fence(command.details));
  if (command.arguments !== undefined) {
    const rows = command.arguments.map(({ name, description }) => [`\`${name}\``, description]);
    parts.push(table(["argument", ""], rows));
  }
  for (const { heading, options } of command.options ?? [])
    parts.push(`**${heading}**`, optionTable(options));
  for (const { line, does } of command.examples ?? [])
    parts.push(`${sentence(does)}\n\n\`\`\`sh\n${line}\n\`\`\``);
  return [...parts, ...(command.subcommands ?? []).flatMap((sub) => section(sub, path))];
}

/** Details that are laid out by spaces keep them. */
function fence(details: string): string {
  return / {2}/.test(details) ? `\`\`\`text\n${details}\n\`\`\`` : details;
}

function optionTable(options: readonly OptionDefinition[]): string {
  return table(
    ["option", ""],
    options.map((option) => [`\`${option.flags}\``, describe(option)]),
  );
}

function describe({ description, choices, repeatable, ...option }: OptionDefinition): string {
  const notes = [];
  if (choices !== undefined) notes.push(`one of ${choices.map((choice) => `\`${choice}\``).join(", ")}`);
  if (option.default !== undefined) notes.push(`default \`${String(option.default)}\``);
  if (repeatable) notes.push("may come several times");
  const text = description.replaceAll("<", "&lt;").replaceAll("|", "\\|").replaceAll("{{", "&#123;{");
  return notes.length === 0 ? text : `${text} (${notes.join("; ")})`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function sentence(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}
