import type { Invocation } from "../definition.ts";
import { usage } from "../failure.ts";
import type { SettingFlags } from "../options/setting-options.ts";
import { profileLayer, readConfigFile } from "./config-file.ts";
import { flagsLayer } from "./flags.ts";
import { mergeSettings, type Setting, type Settings } from "./settings.ts";
import { variablesLayer } from "./variables.ts";

/**
 * The settings of a command: flags over environment over profile.
 *
 * @param others the command's other paths, by the name of their flag: only one can be read from stdin
 */
export function loadSettings(
  { options, env, cwd }: Pick<Invocation<SettingFlags>, "options" | "env" | "cwd">,
  others: Readonly<Record<string, string | undefined>> = {},
): Settings {
  const pick = (
    flag: string | undefined,
    flagName: string,
    variable: string,
  ): Setting<string> | undefined => {
    if (flag !== undefined) return { value: flag, source: flagName };
    return env[variable] ? { value: env[variable], source: variable } : undefined;
  };
  const config = pick(options.config, "--config", "APNSKIT_CONFIG");
  const profile = pick(options.profile, "--profile", "APNSKIT_PROFILE");
  const flags = flagsLayer(options);
  const stdin = [
    ...Object.values(flags).flatMap(({ value, source }) =>
      typeof value === "object" && value.from === "stdin" ? [source] : [],
    ),
    ...Object.keys(others).filter((name) => others[name] === "-"),
  ];
  if (stdin.length > 1) throw usage(`${stdin[0]} and ${stdin[1]} cannot both read stdin`);
  return mergeSettings([
    flags,
    variablesLayer(env),
    profileLayer(readConfigFile(config, cwd, env), profile, env),
  ]);
}
