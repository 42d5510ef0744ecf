import { execFile, execFileSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { promisify } from "node:util";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { beforeAll, describe, expect, it } from "vitest";
import { COMMANDS } from "../src/commands/index.ts";
import { expectsFile } from "../src/completion/expects-file.ts";
import { useWorkbench } from "./support/command.ts";

failOnLeaks();
const bench = useWorkbench();
const run = promisify(execFile);

/** Words that are typed, and a candidate that the shell offers then. */
const TYPED: readonly (readonly [words: string, candidate: string])[] = [
  ["rea", "reasons"],
  ["send --ti", "--title"],
  ["send --event ", "start"],
  ["wallet ", "verify"],
  ["channels de", "delete"],
  ["send-file noti", "notifications.ndjson"],
  ["send token --payload noti", "notifications.ndjson"],
  ["campaign resume noti", "notifications.ndjson"],
];

function isInstalled(program: string): boolean {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe("completion of a shell that loads the script", () => {
  const env = () => ({
    ...process.env,
    HOME: bench.folder,
    PATH: `${bench.path("path")}:${process.env.PATH}`,
  });

  beforeAll(async () => {
    const program = `#!/bin/sh\nexec "${process.execPath}" "${bench.program}" "$@"\n`;
    chmodSync(bench.write("path/apnskit", program), 0o755);
    bench.write("notifications.ndjson", "");
  });

  async function writeScript(shell: string): Promise<string> {
    const { stdout } = await bench.run(["complete", shell]);
    return bench.write(`completion.${shell}`, stdout);
  }

  it.skipIf(!isInstalled("fish"))("works in fish", async () => {
    const script = await writeScript("fish");
    const asks = TYPED.map(([words]) => `echo "> ${words}"; complete -C "apnskit ${words}"`);
    const lines = [`source ${script}`, ...asks].join("\n");
    const { stdout } = await run("fish", ["--no-config", "-c", lines], { env: env(), cwd: bench.folder });
    expectCandidates(stdout, /\t.*$/);
  });

  it.skipIf(!isInstalled("zsh"))("works in zsh", async () => {
    const script = await writeScript("zsh");
    const asks = TYPED.map(([words]) => {
      const typed = words.split(" ").map((word) => `'${word}'`);
      return `print -r -- '> ${words}'; words=(apnskit ${typed.join(" ")}); CURRENT=$#words; _apnskit`;
    });
    // Outside the line editor, what offers candidates is replaced by what prints them.
    const lines = [
      "autoload -U compinit; compinit -D -u",
      `source ${script}`,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: zsh's own
      '_describe() { (( $#completions )) && print -rl -- "${completions[@]}" }',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: zsh's own
      '_arguments() { print -rl -- "${words[-1]}"*(N) }',
      ...asks,
    ].join("\n");
    const { stdout } = await run("zsh", ["-f", "-c", lines], { env: env(), cwd: bench.folder });
    expectCandidates(stdout, /:.*$/);
  });

  it.skipIf(!isInstalled("pwsh"))("works in PowerShell", async () => {
    const script = await writeScript("powershell");
    const asks = TYPED.slice(0, 5).map(
      ([words]) =>
        `"> ${words}"; (TabExpansion2 'apnskit ${words}' ${8 + words.length}).CompletionMatches.CompletionText`,
    );
    const lines = [`Get-Content -Raw ${script} | Invoke-Expression`, ...asks].join("\n");
    const { stdout } = await run("pwsh", ["-NoProfile", "-Command", lines], {
      env: env(),
      cwd: bench.folder,
    });
    for (const [, candidate] of TYPED.slice(0, 5)) expect(stdout).toContain(candidate);
  });
});

/** Every candidate stands on a line below what was typed, and nothing but candidates does. */
function expectCandidates(stdout: string, description: RegExp): void {
  const parts = stdout.split(/^> /m).slice(1);
  expect(parts).toHaveLength(TYPED.length);
  for (const [index, [words, candidate]] of TYPED.entries()) {
    const lines = parts[index]!.split("\n").slice(1, -1);
    expect(
      lines.map((line) => line.replace(description, "")),
      words,
    ).toContain(candidate);
    // A description that took several lines would be a candidate of its own.
    for (const line of lines) expect(line).toMatch(/^[\w-][\w.-]*(?:[:\t]|$)/);
  }
}

describe("a path is expected", () => {
  it.each([
    "send-file |",
    "send-file --limit 3 |",
    "send-file --json |",
    "send token --payload |",
    "send --key-file |",
    "campaign start |",
    "wallet sign |",
    "certificate a --certificate-key |",
  ])("%s", (line) => {
    expect(expectsFile(COMMANDS, words(line))).toBe(true);
  });

  it.each([
    "|",
    "send |",
    "send-file",
    "send-file --|",
    "send-file --limit |",
    "send-file a |",
    "send --title |",
    "reasons |",
    "mock |",
    "nothing |",
  ])("not by %s", (line) => {
    expect(expectsFile(COMMANDS, words(line))).toBe(false);
  });
});

function words(line: string): string[] {
  return line.replace("|", "").split(" ");
}
