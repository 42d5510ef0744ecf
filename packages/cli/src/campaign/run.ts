import { accessSync, appendFileSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { CampaignReport, InDoubtPolicy, StopReason } from "@apnskit/campaign";
import type { Invocation } from "../definition.ts";
import { ExitCode } from "../exit-codes.ts";
import { fileProblem, usage } from "../failure.ts";
import { InputFile } from "../input/input-file.ts";
import { Interrupts } from "../interrupts.ts";
import { quote } from "../notification/explain.ts";
import type { SettingFlags } from "../options/setting-options.ts";
import { LineFile } from "../send-file/line-file.ts";
import { checkOutputFiles, inputFiles } from "../send-file/output-files.ts";
import { openClient } from "../settings/client.ts";
import { loadSettings } from "../settings/load.ts";
import { exitCodeOfReport, progressLine, reportText } from "./figures.ts";
import { type FileRecipient, fileRecipients } from "./file-recipients.ts";
import { type CampaignOrigin, inputOf } from "./origin.ts";

/** Options of all commands that work on a campaign. */
export interface CampaignRunFlags extends SettingFlags {
  readonly connections: number;
  readonly concurrency?: number;
  readonly rate?: number;
  readonly timeout: number;
  readonly results?: string;
  readonly dead?: string;
  readonly append?: boolean;
  readonly inDoubt?: InDoubtPolicy;
}

/** The campaign, and whether it must exist. */
export interface CampaignTask {
  readonly kind: "new" | "known";
  readonly journal: string;
  readonly origin: CampaignOrigin;
  readonly name: string;
  /** The words of the command that continues the campaign. */
  readonly continuation: readonly string[];
}

/** Runs a file's campaign until it ends or is stopped. */
export async function runCampaign(
  invocation: Invocation<CampaignRunFlags>,
  task: CampaignTask,
): Promise<ExitCode> {
  const { options, env, stdin, output } = invocation;
  const { journal, origin } = task;
  if (options.dead === "-" && options.results === "-") {
    throw usage("--results and --dead cannot both be stdout");
  }
  const settings = loadSettings(invocation);
  if (task.kind === "new" && existsSync(journal)) {
    const remedy = "go on with it by apnskit campaign resume, or choose another --journal";
    throw usage(`${journal}: there is a journal already; ${remedy}`);
  }
  checkOutputFiles(
    [
      { name: "--journal", path: journal },
      { name: "--results", path: options.results },
      { name: "--dead", path: options.dead },
    ],
    inputFiles(settings, origin.file, origin.template, options.config),
  );
  const append = options.append === true;
  // A campaign that goes on only adds the tokens that its file does not have yet.
  checkDead(options.dead, append || task.kind === "known");
  const input = new InputFile(inputOf(origin), stdin);
  let results: LineFile | undefined;
  try {
    const { blocks } = await input.open();
    const { client } = await openClient(settings, env, {
      size: options.connections,
      timeout: options.timeout,
    });
    try {
      const { Campaign } = await import("@apnskit/campaign");
      // Before the journal: a run that cannot write its outcomes leaves no journal behind.
      if (options.results !== undefined) {
        results = LineFile.open(options.results, "--results", append, output.stdout);
      }
      let bytes = 0;
      await using campaign = await Campaign.open<FileRecipient>({
        client,
        name: task.name,
        recipients: fileRecipients(blocks, (read) => {
          bytes = read;
        }),
        notification: (recipient) => recipient.notification,
        journal,
        create: task.kind === "new",
        inDoubt: options.inDoubt,
        rate: options.rate,
        concurrency: options.concurrency,
        timeout: options.timeout,
        data: origin,
      });
      using interrupts = new Interrupts(() => {
        output.note("stopping: waiting for what is under way (Ctrl-C again leaves it in doubt)");
        campaign.stop();
      });
      output.stdout.once("error", () => campaign.stop());
      const { size } = input;
      output.live.start(() => {
        const counts = campaign.counts();
        const ended = counts.seen - counts.pending - counts.underWay;
        // Recipients that were read ahead do not count yet.
        const share = size ? Math.min(1, (bytes / size) * (ended / Math.max(1, counts.seen))) : undefined;
        return progressLine(counts, share);
      });
      try {
        for await (const { recipient, outcome } of campaign) {
          if (interrupts.signal.aborted) break;
          if (results === undefined) continue;
          const { index: _, ...rest } = outcome;
          const wait = results.write(JSON.stringify({ line: recipient.line, ...rest }));
          if (results.failure !== undefined) campaign.stop();
          if (wait !== undefined) await wait;
        }
      } finally {
        output.live.stop();
        await results?.close();
      }
      const report = campaign.report();
      writeDead(options.dead, report, (text) => output.line(text));
      tell(invocation, task, report, campaign.stopReason);
      if (results?.failure !== undefined) throw results.failure;
      if (interrupts.happened && report.state !== "finished") return ExitCode.interrupted;
      if (campaign.stopReason === "credentials") return ExitCode.credentials;
      return campaign.stopReason === "unreachable" ? ExitCode.unsent : exitCodeOfReport(report);
    } finally {
      await client.close();
    }
  } finally {
    input.close();
    await results?.close();
  }
}

/**
 * Finds out before anything is sent whether the dead tokens can be written.
 *
 * @throws CommandFailure
 */
function checkDead(path: string | undefined, append: boolean): void {
  if (path === undefined || path === "-") return;
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isFile() && !append) throw usage(`--dead ${path}: the file exists; --append goes on in it`);
  try {
    accessSync(stat === undefined ? dirname(resolve(path)) : path, constants.W_OK);
    if (stat?.isDirectory()) throw Object.assign(new Error(), { code: "EISDIR" });
  } catch (error) {
    throw usage(`--dead ${path}: ${fileProblem(error)}`, { cause: error });
  }
}

/** Each dead token once, over all runs of the campaign. */
function writeDead(path: string | undefined, report: CampaignReport, print: (text: string) => void): void {
  if (path === undefined) return;
  const written = new Set(isFile(path) ? readFileSync(path, "utf8").split("\n") : []);
  const lines = report.deadTokens.map(({ token }) => token).filter((token) => !written.has(token));
  if (path === "-") {
    for (const line of lines) print(line);
    return;
  }
  try {
    appendFileSync(path, lines.map((line) => `${line}\n`).join(""));
  } catch (error) {
    throw usage(`--dead ${path}: ${fileProblem(error)}`, { cause: error });
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function tell(
  { output, options }: Invocation<CampaignRunFlags>,
  { continuation }: CampaignTask,
  report: CampaignReport,
  reason: StopReason | undefined,
): void {
  if (output.json) output.record({ report });
  else if (options.results === "-" || options.dead === "-") output.note(reportText(report));
  else output.line(reportText(report));
  if (report.state !== "stopped") return;
  const why =
    reason === "credentials"
      ? "stopped: APNs refuses the credentials; apnskit doctor finds out why"
      : reason === "unreachable"
        ? "stopped: no answers come"
        : "stopped";
  output.note(`${why}. To go on:\n  ${["apnskit", ...continuation].map(quote).join(" ")}`);
}
