import type { OptionGroup } from "../definition.ts";

/** Options that every command has. */
export const OUTPUT_OPTIONS: OptionGroup = {
  heading: "Output",
  options: [
    { flags: "--json", description: "one JSON object per line on stdout" },
    { flags: "--color", description: "colours even where stdout is no terminal" },
    { flags: "--no-color", description: "no colours; NO_COLOR does the same" },
  ],
};
