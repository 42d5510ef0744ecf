import type { Invocation } from "../definition.ts";
import { usage } from "../failure.ts";
import type { SettingFlags } from "../options/setting-options.ts";
import { profileLayer, readConfigFile } from "./config-file.ts";
import { flagsLayer } from "./flags.ts";
import { mergeSettings, type Setting, type Settings } from "./settings.ts";
import { variablesLayer } from "./variables.ts";

/** The settings of a command: flags over environment over profile. */
export function loadSettings({
  options,
  env,
  cwd,
}: Pick<Invocation<SettingFlags>, "options" | "env" | "cwd">): Settings {
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
  const settings = mergeSettings([
    flags,
    variablesLayer(env),
    profileLayer(readConfigFile(config, cwd, env), profile, env),
  ]);
  const stdin = Object.values(flags).filter(
    ({ value }) => typeof value === "object" && value.from === "stdin",
  );
  if (stdin.length > 1) {
    throw usage(`${stdin.map(({ source }) => source).join(" and ")} cannot both read stdin`);
  }
  return settings;
}
