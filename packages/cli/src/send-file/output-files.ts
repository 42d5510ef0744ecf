import { realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { usage } from "../failure.ts";
import type { Material } from "../settings/material.ts";
import type { Setting, Settings } from "../settings/settings.ts";

/** A path, and the flag or argument that gives it. */
export interface NamedPath {
  readonly name: string;
  /** `-` for stdin or stdout. */
  readonly path: string | undefined;
}

/** The files that a command reads: its input, its template, and those of its settings. */
export function inputFiles(
  settings: Settings,
  input: string,
  template: string | undefined,
  config: string | undefined,
): NamedPath[] {
  return [
    { name: "the input", path: input },
    { name: "--template", path: template },
    { name: "--config", path: config },
    ...filesOf(settings),
  ];
}

/** Files of the settings: credentials and authority. */
function filesOf({ credentials, ca }: Settings): NamedPath[] {
  const given: (Setting<Material> | undefined)[] = [ca];
  if (credentials?.kind === "key") given.push(credentials.key);
  else if (credentials !== undefined) {
    given.push(credentials.certificate, credentials.certificateKey, credentials.passphrase);
  }
  return given.flatMap((setting) =>
    setting?.value.from === "file" ? [{ name: setting.source, path: setting.value.path }] : [],
  );
}

/**
 * Refuses to write into a file that the command reads or writes for another purpose.
 *
 * @throws CommandFailure
 */
export function checkOutputFiles(outputs: readonly NamedPath[], inputs: readonly NamedPath[]): void {
  const known = new Map<string, string>();
  const add = ({ name, path }: NamedPath, isOutput: boolean): void => {
    if (path === undefined || path === "-") return;
    const file = identityOf(path);
    if (file === undefined) return;
    const other = known.get(file);
    if (isOutput && other !== undefined) throw usage(`${name} ${path}: ${other} is the same file`);
    known.set(file, name);
  };
  for (const input of inputs) add(input, false);
  for (const output of outputs) add(output, true);
}

/** What two paths of one file have in common; `undefined` for devices and pipes, which take more than one writer. */
function identityOf(path: string): string | undefined {
  try {
    const stat = statSync(path);
    return stat.isFile() ? `${stat.dev}:${stat.ino}` : undefined;
  } catch {
    // It does not exist yet.
  }
  const absolute = resolve(path);
  try {
    return join(realpathSync(dirname(absolute)), basename(absolute));
  } catch {
    return absolute;
  }
}
