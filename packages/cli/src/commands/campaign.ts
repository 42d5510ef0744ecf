import type { RemoveFlags, ResumeFlags, StartFlags } from "../campaign/campaign.ts";
import type { WorkerFlags } from "../campaign/worker.ts";
import { defineCommand } from "../definition.ts";
import { IN_DOUBT_OPTION } from "../options/campaign-options.ts";
import { wholeNumber } from "../options/parsers.ts";
import {
  CONNECTIONS,
  INPUT_OPTIONS,
  OUTCOME_OPTIONS,
  SENDING_OPTIONS,
  TIMEOUT,
} from "../options/sending-options.ts";
import { CREDENTIAL_OPTIONS, TARGET_OPTIONS } from "../options/setting-options.ts";
import { STORE_OPTIONS, type StoreFlags } from "../options/store-options.ts";

const JOURNAL = {
  name: "<journal>",
  description: "the campaign's journal; with --redis or --postgres the campaign's name",
};

const start = defineCommand<StartFlags>({
  name: "start",
  summary: "send a file as a campaign, which goes on exactly where it was after a crash",
  details: `The file is as that of send-file. Before a line is sent, the journal says so on disk; outcomes follow.
Ctrl-C waits for what is under way. Whatever ends the command, even kill -9, "campaign resume" goes on.

With --redis or --postgres, nothing is sent here: the lines of the file, made into notifications, go
into the store, and every machine that runs "campaign worker" on the store sends a part of them.
Workers need neither the file nor the template. The store keeps device tokens and payloads until all
lines of a range have an outcome: about 50 bytes for each line of a list of tokens.`,
  arguments: [
    {
      name: "<file>",
      description: "the file; without a store, it must stay as it is until the campaign is finished",
    },
  ],
  options: [
    {
      heading: "Campaign",
      options: [
        {
          flags: "--name <name>",
          description: "1 … 100 letters, digits, _, - and .; apns-ids follow from it (default: a random one)",
        },
        { flags: "--journal <file>", description: "where the journal is kept (default: <file>.journal)" },
        IN_DOUBT_OPTION,
        ...INPUT_OPTIONS,
      ],
    },
    {
      ...STORE_OPTIONS,
      options: [
        ...STORE_OPTIONS.options,
        {
          flags: "--range <n>",
          description: "lines that a worker takes at a time (default: 5,000)",
          parse: wholeNumber(1, 100_000),
        },
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
    {
      line: "apnskit campaign start users.csv --template sale.json --name sale --redis redis://10.0.0.5",
      does: "the same, queued for workers on other machines",
    },
  ],
  run: async (invocation) => (await import("../campaign/campaign.ts")).start(invocation),
});

const worker = defineCommand<WorkerFlags>({
  name: "worker",
  summary: "send the campaigns of a store, together with workers on other machines",
  details: `Takes range after range of recipients from the store until it is told to stop. Recipients, content
and rate of a campaign come from the store; credentials and target are the worker's own, and all
workers with one key share one provider token. A worker that is killed loses nothing: another one
takes its ranges when the locks have expired, and does by the campaign's --in-doubt.
Ctrl-C or SIGTERM hands out no more and waits for what is under way; the rest is for other workers.
While the store cannot be reached, the worker waits for it.`,
  options: [
    STORE_OPTIONS,
    {
      heading: "Sending",
      options: [
        CONNECTIONS,
        { flags: "--ranges <n>", description: "ranges at a time", parse: wholeNumber(1, 100), default: 4 },
        TIMEOUT,
        {
          flags: "--drain <ms>",
          description: "after Ctrl-C or SIGTERM, time for what is under way, in milliseconds",
          parse: wholeNumber(0, 3_600_000),
          default: 10_000,
        },
        {
          flags: "--lock <ms>",
          description: "time until another worker takes the ranges of a dead worker, in milliseconds",
          parse: wholeNumber(1_000, 3_600_000),
          default: 30_000,
        },
      ],
    },
    CREDENTIAL_OPTIONS,
    TARGET_OPTIONS,
  ],
  examples: [
    {
      line: "apnskit campaign worker --redis redis://10.0.0.5 --key-file AuthKey_ABC123DEFG.p8 --team-id DEF123GHIJ",
      does: "on each machine that is to send",
    },
  ],
  run: async (invocation) => (await import("../campaign/worker.ts")).work(invocation),
});

const resume = defineCommand<ResumeFlags>({
  name: "resume",
  summary: "go on with a campaign that was stopped or killed",
  details: `The journal names the file, which must be as it was. Those who have an outcome get nothing again.
With --redis or --postgres, the rest of a cancelled campaign, or the ranges that failed,
is queued again; after a crash of a worker that is not needed.`,
  arguments: [JOURNAL],
  options: [STORE_OPTIONS, SENDING_OPTIONS, OUTCOME_OPTIONS, CREDENTIAL_OPTIONS, TARGET_OPTIONS],
  run: async (invocation) => (await import("../campaign/campaign.ts")).resume(invocation),
});

const status = defineCommand<StoreFlags>({
  name: "status",
  summary: "show where a campaign stands, and name every recipient in doubt",
  details: `Also while another process works on it. A store cannot tell whether a worker lives: while a campaign
of a store runs, recipients under way are among those in doubt.`,
  arguments: [JOURNAL],
  options: [STORE_OPTIONS],
  run: async (invocation) => (await import("../campaign/campaign.ts")).status(invocation),
});

const cancel = defineCommand<StoreFlags>({
  name: "cancel",
  summary: "end a campaign for good",
  details: `A process that works on the journal must be stopped first, by Ctrl-C or SIGTERM. With --redis or
--postgres, all workers stop sending the campaign at once, and "campaign resume" queues the rest.`,
  arguments: [JOURNAL],
  options: [STORE_OPTIONS],
  run: async (invocation) => (await import("../campaign/campaign.ts")).cancel(invocation),
});

const remove = defineCommand<RemoveFlags>({
  name: "remove",
  summary: "delete everything that is kept of a campaign",
  details: `Deletes the journal, or what the store keeps: outcomes, dead tokens, and those in doubt are forgotten.
If the campaign is started again, all of its recipients get their push once more.
A campaign must be finished or cancelled, unless --unfinished is given.`,
  arguments: [JOURNAL],
  options: [
    {
      heading: "Removing",
      options: [{ flags: "--unfinished", description: "also a campaign that is not finished or cancelled" }],
    },
    STORE_OPTIONS,
  ],
  run: async (invocation) => (await import("../campaign/campaign.ts")).remove(invocation),
});

export const campaign = defineCommand({
  name: "campaign",
  summary: "send to millions, and go on after whatever happens",
  subcommands: [start, worker, resume, status, cancel, remove],
});
