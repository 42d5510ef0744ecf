import { journalOf, randomName, requireJournal } from "../campaign/campaign.ts";
import { originOf } from "../campaign/origin.ts";
import { runCampaign } from "../campaign/run.ts";
import type { Invocation } from "../definition.ts";
import type { ExitCode } from "../exit-codes.ts";
import { usage } from "../failure.ts";
import type { SendFileFlags } from "./send-file.ts";

/** Runs `apnskit send-file` with `--journal` or `--resume`. */
export async function sendFileByJournal(invocation: Invocation<SendFileFlags>): Promise<ExitCode> {
  const { args, options, argv } = invocation;
  const path = args[0] as string;
  if (options.limit !== undefined || options.skip > 0) {
    throw usage("--limit and --skip do not go with a journal, which knows itself what is left");
  }
  const usual = journalOf(path);
  const journal = typeof options.journal === "string" ? options.journal : usual;
  const origin = originOf({ path, ...options, format: options.format, template: options.template });
  const continuation = continuationOf(argv, (options.results ?? options.dead) !== undefined);
  if (!options.resume) {
    return runCampaign(invocation, { kind: "new", journal, origin, name: randomName(), continuation });
  }
  requireJournal(journal, "there is no journal to go on by; send-file makes one with --journal");
  const { readCampaign } = await import("@apnskit/campaign");
  const { report } = await readCampaign(journal);
  return runCampaign(invocation, { kind: "known", journal, origin, name: report.name, continuation });
}

/** The same command with `--resume`; results are appended. */
function continuationOf(argv: readonly string[], hasFiles: boolean): string[] {
  const words = argv.filter((word) => word !== "--resume" && word !== "--append");
  words.push("--resume");
  if (hasFiles) words.push("--append");
  return words;
}
