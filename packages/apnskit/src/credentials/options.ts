import { type Clock, InvalidOption, systemClock } from "@apnskit/pool";
import { typeName } from "./source.ts";

/** Option names from other libraries and from habit. */
const HINTS: Readonly<Record<string, string>> = {
  password: "passphrase",
  passPhrase: "passphrase",
  certificate: "cert",
  crt: "cert",
  privateKey: "key",
  p12: "pfx",
  p8: "key",
  signingKey: "key",
  kid: "keyId",
  keyID: "keyId",
  keyid: "keyId",
  key_id: "keyId",
  iss: "teamId",
  team: "teamId",
  teamID: "teamId",
  teamid: "teamId",
  team_id: "teamId",
};

/**
 * Checks that options are an object without unknown names, since an option without effect would be worse than
 * an error.
 *
 * @param maker the function that takes them, for the error
 * @throws InvalidOption
 */
export function checkOptions(maker: string, options: unknown, known: readonly string[]): void {
  if (options === null || typeof options !== "object") {
    throw new InvalidOption(
      "options",
      `${maker} needs an object with options; received ${typeName(options)}`,
    );
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const hint = HINTS[name];
    const known_ =
      hint !== undefined && known.includes(hint) ? `did you mean ${hint}?` : `it takes ${known.join(", ")}`;
    throw new InvalidOption(
      name.slice(0, 40),
      `${maker} has no option ${JSON.stringify(name.slice(0, 40))}; ${known_}`,
    );
  }
}

/** The given clock, or the machine's. @throws InvalidOption for a value without a clock's methods */
export function readClock(clock: unknown): Clock {
  if (clock === undefined) return systemClock;
  const methods = clock as Partial<Clock> | null;
  if (["now", "epoch", "setTimer"].every((name) => typeof methods?.[name as keyof Clock] === "function")) {
    return clock as Clock;
  }
  throw new InvalidOption(
    "clock",
    `clock needs the methods now, epoch and setTimer; received ${typeName(clock)}`,
  );
}
