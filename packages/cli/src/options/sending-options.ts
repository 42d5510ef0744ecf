import type { OptionDefinition, OptionGroup } from "../definition.ts";
import { outputPath, rate, wholeNumber } from "./parsers.ts";

/** The format of a file. */
export const INPUT_OPTIONS: readonly OptionDefinition[] = [
  {
    flags: "--format <format>",
    description: "what the file holds (default: by its name, else by its first line)",
    choices: ["ndjson", "csv", "tokens"],
  },
  {
    flags: "--template <file>",
    description: 'notification with placeholders: {"headers":{…},"payload":{…}}',
  },
  { flags: "--token-column <name>", description: "column with the device token", default: "token" },
];

export const CONNECTIONS: OptionDefinition = {
  flags: "--connections <n>",
  description: "connections, each with up to 1,000 notifications under way",
  parse: wholeNumber(1, 100),
  default: 1,
};

export const TIMEOUT: OptionDefinition = {
  flags: "--timeout <ms>",
  description: "time for each notification, retries included, in milliseconds",
  parse: wholeNumber(1, 3_600_000),
  default: 10_000,
};

/** How fast a file is sent. */
export const SENDING_OPTIONS: OptionGroup = {
  heading: "Sending",
  options: [
    CONNECTIONS,
    {
      flags: "--concurrency <n>",
      description: "notifications under way at once (default: 2,000 for each connection)",
      parse: wholeNumber(1, 1_000_000),
    },
    { flags: "--rate <n>", description: "at most so many notifications a second", parse: rate },
    TIMEOUT,
  ],
};

/** The files for outcomes. */
export const OUTCOME_OPTIONS: OptionGroup = {
  heading: "Outcomes",
  options: [
    {
      flags: "--results <file>",
      description: "an outcome per line, as JSON with its line number; - is stdout",
      parse: outputPath,
    },
    {
      flags: "--dead <file>",
      description: "device tokens that APNs calls dead, one per line; - is stdout",
      parse: outputPath,
    },
    { flags: "--append", description: "go on in --results and --dead files that exist" },
  ],
};
