import { randomBytes } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import type { CampaignReport } from "@apnskit/campaign";
import type { Invocation } from "../definition.ts";
import { ExitCode } from "../exit-codes.ts";
import { usage } from "../failure.ts";
import { type Format, InputFile } from "../input/input-file.ts";
import type { StoreFlags } from "../options/store-options.ts";
import { exitCodeOfReport, reportText } from "./figures.ts";
import { fileRecipients } from "./file-recipients.ts";
import { type Named, tellStatus } from "./named.ts";
import { type CampaignOrigin, inputOf, originOf, readOrigin } from "./origin.ts";
import { tellRemoved, unfinishedCampaign } from "./removing.ts";
import { type CampaignRunFlags, runCampaign } from "./run.ts";
import { rejectLocalFlags, type StoreAddress, storeAddress } from "./shared-store.ts";

/** Options of `apnskit campaign start`. */
export interface StartFlags extends CampaignRunFlags, StoreFlags {
  readonly name?: string;
  readonly range?: number;
  readonly format?: Format;
  readonly template?: string;
  readonly tokenColumn: string;
  readonly journal?: string;
}

/** Options of a campaign that a store knows already. */
export type ResumeFlags = CampaignRunFlags & StoreFlags;

/** Options of `apnskit campaign remove`. */
export interface RemoveFlags extends StoreFlags {
  readonly unfinished?: boolean;
}

/** Options of the run: with a store, they are those of the worker. */
const LOCAL = ["results", "dead", "append", "concurrency"];

/** The default path of a file's journal. */
export function journalOf(file: string): string {
  if (file === "-") throw usage("a journal needs a file that can be read again: stdin cannot");
  return `${file}.journal`;
}

/** Runs `apnskit campaign start`. */
export async function start(invocation: Invocation<StartFlags>): Promise<ExitCode> {
  const path = invocation.args[0] as string;
  const { name = randomName() } = invocation.options;
  const address = storeAddress(invocation.options, invocation.env);
  if (address !== undefined) return startOnStore(invocation, address, path, name);
  const { format, template, tokenColumn, range, journal = journalOf(path) } = invocation.options;
  if (range !== undefined) throw usage("--range goes with --redis or --postgres");
  journalOf(path);
  const origin = originOf({ path, format, template, tokenColumn });
  const continuation = goingOn(invocation.argv, journal);
  return runCampaign(invocation, { kind: "new", journal, origin, name, continuation });
}

async function startOnStore(
  invocation: Invocation<StartFlags>,
  address: StoreAddress,
  path: string,
  name: string,
): Promise<ExitCode> {
  const { options } = invocation;
  rejectLocalFlags(options, ["journal", ...LOCAL]);
  if (path !== "-" && !existsSync(path)) throw usage(`${path}: there is no such file`);
  const { format, template, tokenColumn, inDoubt, rate, range: rangeSize } = options;
  const origin = originOf({ path, format, template, tokenColumn });
  const { startQueued } = await import("./queued.ts");
  await startQueued(invocation, address, { name, origin, inDoubt, rate, rangeSize });
  return ExitCode.accepted;
}

/** A name for a campaign that was given none. */
export function randomName(): string {
  return `campaign-${randomBytes(6).toString("hex")}`;
}

/** Runs `apnskit campaign resume`. */
export async function resume(invocation: Invocation<ResumeFlags>): Promise<ExitCode> {
  const address = storeAddress(invocation.options, invocation.env);
  if (address !== undefined) {
    rejectLocalFlags(invocation.options, [...LOCAL, "rate"]);
    await (await import("./queued.ts")).changeQueued(
      invocation,
      address,
      invocation.args[0] as string,
      "resume",
    );
    return ExitCode.accepted;
  }
  const journal = requireJournal(invocation.args[0] as string);
  const { readCampaign } = await import("@apnskit/campaign");
  const { report, data } = await readCampaign(journal);
  const origin = readOrigin(data);
  if (origin === undefined) {
    throw usage(`${journal}: this campaign is not of a file; the program that began it has to go on with it`);
  }
  const continuation = [...invocation.argv];
  return runCampaign(invocation, { kind: "known", journal, origin, name: report.name, continuation });
}

/** Runs `apnskit campaign status`. */
export async function status({ args, options, env, output }: Invocation<StoreFlags>): Promise<ExitCode> {
  const address = storeAddress(options, env);
  if (address !== undefined) {
    return (await import("./queued.ts")).statusQueued({ output }, address, args[0] as string);
  }
  const journal = requireJournal(args[0] as string);
  const { readCampaign } = await import("@apnskit/campaign");
  const { report, data } = await readCampaign(journal);
  const origin = readOrigin(data);
  const inDoubt = await nameInDoubt(report, origin);
  tellStatus(output, { report, ...(origin && { origin }), inDoubt });
  return exitCodeOfReport(report);
}

/** Runs `apnskit campaign cancel`. */
export async function cancel({ args, options, env, output }: Invocation<StoreFlags>): Promise<undefined> {
  const address = storeAddress(options, env);
  if (address !== undefined) {
    await (await import("./queued.ts")).changeQueued({ output }, address, args[0] as string, "cancel");
    return undefined;
  }
  const journal = requireJournal(args[0] as string);
  const { cancelCampaign } = await import("@apnskit/campaign");
  const report = await cancelCampaign(journal);
  output.result({ report }, () => reportText(report));
}

/** Runs `apnskit campaign remove`. */
export async function remove({ args, options, env, output }: Invocation<RemoveFlags>): Promise<undefined> {
  const { unfinished = false } = options;
  const address = storeAddress(options, env);
  if (address !== undefined) {
    await (await import("./queued.ts")).removeQueued({ output }, address, args[0] as string, unfinished);
    return undefined;
  }
  const journal = requireJournal(args[0] as string);
  const { removeCampaign } = await import("@apnskit/campaign");
  try {
    tellRemoved(output, (await removeCampaign(journal, { unfinished })).name);
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ERR_APNS_CAMPAIGN_UNFINISHED") throw error;
    throw unfinishedCampaign(journal);
  }
}

/** The command that continues a campaign, with the same options for credentials and target. */
function goingOn(argv: readonly string[], journal: string): string[] {
  const words = ["campaign", "resume", journal];
  const kept =
    /^--(?:profile|config|target|ca|proxy|key-file|key-id|team-id|certificate|certificate-key|passphrase-file|topic|results|dead|rate|connections|concurrency|timeout)(?:=|$)/;
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!;
    if (!kept.test(word)) continue;
    words.push(word);
    if (!word.includes("=")) words.push(argv[++at] ?? "");
  }
  if (words.some((word) => /^--(?:results|dead)(?:=|$)/.test(word))) words.push("--append");
  return words;
}

/** @param absent what to say, and to do, when there is none @throws CommandFailure */
export function requireJournal(
  path: string,
  absent = "there is no such journal; a campaign of a store needs --redis or --postgres",
): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw usage(`${path}: ${absent}`);
  if (stat.isDirectory()) throw usage(`${path}: this is a folder, not a journal`);
  return path;
}

/** Every recipient in doubt, with line and token if the file still exists. */
async function nameInDoubt(report: CampaignReport, origin: CampaignOrigin | undefined): Promise<Named[]> {
  const ranges = report.inDoubtRecipients;
  const last = ranges.at(-1);
  if (last === undefined) return [];
  const named: Named[] = [];
  const places = function* () {
    for (const { from, to } of ranges) for (let index = from; index < to; index++) yield index;
  };
  if (origin === undefined || !existsSync(origin.file)) {
    for (const index of places()) named.push({ index });
    return named;
  }
  const input = new InputFile(inputOf(origin), process.stdin);
  try {
    const { blocks } = await input.open();
    const wanted = places();
    let next = wanted.next();
    let index = 0;
    for await (const { line, token } of fileRecipients(blocks)) {
      if (next.done) break;
      if (index === next.value) {
        named.push({ index, line, token });
        next = wanted.next();
      }
      index++;
    }
    return named;
  } finally {
    input.close();
  }
}
