import { defineCommand, type OptionGroup } from "../definition.ts";
import { IN_DOUBT_OPTION } from "../options/campaign-options.ts";
import { wholeNumber } from "../options/parsers.ts";
import { INPUT_OPTIONS, OUTCOME_OPTIONS, SENDING_OPTIONS } from "../options/sending-options.ts";
import { CREDENTIAL_OPTIONS, TARGET_OPTIONS } from "../options/setting-options.ts";
import type { SendFileFlags } from "../send-file/send-file.ts";

const JOURNAL_OPTIONS: OptionGroup = {
  heading: "Journal",
  options: [
    {
      flags: "--journal [file]",
      description: "keep a journal, by which a run that was killed goes on (default: <file>.journal)",
    },
    { flags: "--resume", description: "go on by the journal that an earlier run has left" },
    IN_DOUBT_OPTION,
  ],
};

export const sendFile = defineCommand<SendFileFlags>({
  name: "send-file",
  summary: "send a notification for each line of a file, of any size",
  details: `Reads NDJSON, CSV or a list of device tokens, in constant memory:
  ndjson  {"token":"<hex>","headers":{"apns-push-type":"alert"},"payload":{"aps":{"alert":"Hello"}}}
  csv     a first line with the names of the columns, one of them token; --template has {{column}} in it
  tokens  a device token on each line; --template is the notification
A line that is not valid is reported and counts as unsent; the others are sent.
Ctrl-C waits for what is under way and prints the command that goes on. With --journal that
works after a crash as well: --resume sends each line once that was not sent yet.`,
  arguments: [{ name: "<file>", description: "the file; - reads stdin" }],
  options: [
    {
      heading: "Input",
      options: [
        ...INPUT_OPTIONS,
        { flags: "--limit <n>", description: "send at most so many", parse: wholeNumber(1, 1e15 - 1) },
        {
          flags: "--skip <n>",
          description: "leave out the first n lines of the file",
          parse: wholeNumber(0, 1e15 - 1),
          default: 0,
        },
      ],
    },
    SENDING_OPTIONS,
    OUTCOME_OPTIONS,
    JOURNAL_OPTIONS,
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
  run: async (invocation) => {
    const { journal, resume } = invocation.options;
    if (journal === undefined && resume === undefined) {
      return (await import("../send-file/send-file.ts")).sendFile(invocation);
    }
    return (await import("../send-file/journalled.ts")).sendFileByJournal(invocation);
  },
});
