import { defineCommand } from "../definition.ts";
import { rate, wholeNumber } from "../options/parsers.ts";
import { CREDENTIAL_OPTIONS, TARGET_OPTIONS } from "../options/setting-options.ts";
import type { SendFileFlags } from "../send-file/send-file.ts";

export const sendFile = defineCommand<SendFileFlags>({
  name: "send-file",
  summary: "send a notification for each line of a file, of any size",
  details: `Reads NDJSON, CSV or a list of device tokens, in constant memory:
  ndjson  {"token":"<hex>","headers":{"apns-push-type":"alert"},"payload":{"aps":{"alert":"Hello"}}}
  csv     a first line with the names of the columns, one of them token; --template has {{column}} in it
  tokens  a device token on each line; --template is the notification
A line that is not valid is reported and counts as unsent; the others are sent.
Ctrl-C waits for what is under way and prints the command that goes on.`,
  arguments: [{ name: "<file>", description: "the file; - reads stdin" }],
  options: [
    {
      heading: "Input",
      options: [
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
        { flags: "--limit <n>", description: "send at most so many", parse: wholeNumber(1, 1e15 - 1) },
        {
          flags: "--skip <n>",
          description: "leave out the first n lines of the file",
          parse: wholeNumber(0, 1e15 - 1),
          default: 0,
        },
      ],
    },
    {
      heading: "Sending",
      options: [
        {
          flags: "--connections <n>",
          description: "connections, each with up to 1,000 notifications under way",
          parse: wholeNumber(1, 100),
          default: 1,
        },
        {
          flags: "--concurrency <n>",
          description: "notifications under way at once (default: 2,000 for each connection)",
          parse: wholeNumber(1, 1_000_000),
        },
        { flags: "--rate <n>", description: "at most so many notifications a second", parse: rate },
        {
          flags: "--timeout <ms>",
          description: "time for each notification, retries included, in milliseconds",
          parse: wholeNumber(1, 3_600_000),
          default: 10_000,
        },
      ],
    },
    {
      heading: "Outcomes",
      options: [
        {
          flags: "--results <file>",
          description: "an outcome per line, as JSON with its line number; - is stdout",
        },
        {
          flags: "--dead <file>",
          description: "device tokens that APNs calls dead, one per line; - is stdout",
        },
        { flags: "--append", description: "go on in --results and --dead files that exist" },
      ],
    },
    CREDENTIAL_OPTIONS,
    TARGET_OPTIONS,
  ],
  examples: [
    {
      line: "apnskit send-file users.csv --template sale.json --results results.ndjson --rate 5000",
      does: "a personal notification for each user",
    },
    {
      line: "psql -Atc 'select token from devices' | apnskit send-file - --format tokens --template news.json",
      does: "the same notification to every token of a database",
    },
  ],
  run: async (invocation) => (await import("../send-file/send-file.ts")).sendFile(invocation),
});
