import type { StartFlags } from "../campaign/campaign.ts";
import type { CampaignRunFlags } from "../campaign/run.ts";
import { defineCommand } from "../definition.ts";
import { IN_DOUBT_OPTION } from "../options/campaign-options.ts";
import { INPUT_OPTIONS, OUTCOME_OPTIONS, SENDING_OPTIONS } from "../options/sending-options.ts";
import { CREDENTIAL_OPTIONS, TARGET_OPTIONS } from "../options/setting-options.ts";

const JOURNAL = { name: "<journal>", description: "the campaign's journal" };

const start = defineCommand<StartFlags>({
  name: "start",
  summary: "send a file as a campaign, which goes on exactly where it was after a crash",
  details: `The file is as that of send-file. Before a line is sent, the journal says so on disk; outcomes follow.
Ctrl-C waits for what is under way. Whatever ends the command, even kill -9, "campaign resume" goes on.`,
  arguments: [
    { name: "<file>", description: "the file; it must stay as it is until the campaign is finished" },
  ],
  options: [
    {
      heading: "Campaign",
      options: [
        { flags: "--journal <file>", description: "where the journal is kept (default: <file>.journal)" },
        IN_DOUBT_OPTION,
        ...INPUT_OPTIONS,
      ],
    },
    SENDING_OPTIONS,
    OUTCOME_OPTIONS,
    CREDENTIAL_OPTIONS,
    TARGET_OPTIONS,
  ],
  examples: [
    {
      line: "apnskit campaign start users.csv --template sale.json --rate 5000",
      does: "a personal notification for each user, with the journal users.csv.journal",
    },
  ],
  run: async (invocation) => (await import("../campaign/campaign.ts")).start(invocation),
});

const resume = defineCommand<CampaignRunFlags>({
  name: "resume",
  summary: "go on with a campaign that was stopped or killed",
  details:
    "The journal names the file, which must be as it was. Those who have an outcome get nothing again.",
  arguments: [JOURNAL],
  options: [SENDING_OPTIONS, OUTCOME_OPTIONS, CREDENTIAL_OPTIONS, TARGET_OPTIONS],
  run: async (invocation) => (await import("../campaign/campaign.ts")).resume(invocation),
});

const status = defineCommand({
  name: "status",
  summary: "show where a campaign stands, and name every recipient in doubt",
  details: "Also while another process works on it.",
  arguments: [JOURNAL],
  options: [],
  run: async (invocation) => (await import("../campaign/campaign.ts")).status(invocation),
});

const cancel = defineCommand({
  name: "cancel",
  summary: "end a campaign for good",
  details: "A process that works on it must be stopped first, by Ctrl-C or SIGTERM.",
  arguments: [JOURNAL],
  options: [],
  run: async (invocation) => (await import("../campaign/campaign.ts")).cancel(invocation),
});

export const campaign = defineCommand({
  name: "campaign",
  summary: "send to millions, and go on after whatever happens",
  subcommands: [start, resume, status, cancel],
});
