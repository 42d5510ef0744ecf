import type { OptionDefinition } from "../definition.ts";

/** The treatment of recipients in doubt. */
export const IN_DOUBT_OPTION: OptionDefinition = {
  flags: "--in-doubt <policy>",
  description:
    "of those that a killed run leaves in doubt: send again, leave out, or leave out and name (default: resend)",
  choices: ["resend", "skip", "report"],
};
