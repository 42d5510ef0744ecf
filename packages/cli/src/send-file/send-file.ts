import { Pacer } from "@apnskit/campaign/internal";
import type { Outcome } from "apnskit";
import type { Invocation } from "../definition.ts";
import { ExitCode, exitCodeOf } from "../exit-codes.ts";
import { CommandFailure, usage } from "../failure.ts";
import { type Format, InputFile } from "../input/input-file.ts";
import { Interrupts } from "../interrupts.ts";
import type { SettingFlags } from "../options/setting-options.ts";
import { OutcomeTally } from "../outcome-tally.ts";
import { openClient } from "../settings/client.ts";
import { loadSettings } from "../settings/load.ts";
import { continuation } from "./continuation.ts";
import { LineFile } from "./line-file.ts";
import { Outbox } from "./outbox.ts";
import { checkOutputFiles, inputFiles } from "./output-files.ts";
import { type Standing, standingLine, summaryRecord, summaryText } from "./standing.ts";
import { type StopReason, stopReason } from "./stop-rule.ts";

/** Options of `apnskit send-file`. */
export interface SendFileFlags extends SettingFlags {
  readonly format?: Format;
  readonly template?: string;
  readonly tokenColumn: string;
  readonly concurrency?: number;
  readonly connections: number;
  readonly rate?: number;
  readonly timeout: number;
  readonly results?: string;
  readonly dead?: string;
  readonly append?: boolean;
  readonly limit?: number;
  readonly skip: number;
  /** `true`: at the default path. */
  readonly journal?: string | true;
  readonly resume?: boolean;
  readonly inDoubt?: "resend" | "skip" | "report";
}

/** Most invalid lines to show on stderr; the results file has all. */
const MOST_TOLD = 100;

/** Runs `apnskit send-file`. */
export async function sendFile(invocation: Invocation<SendFileFlags>): Promise<ExitCode> {
  const { options, env, stdin } = invocation;
  const { template, tokenColumn, skip, format } = options;
  if (options.dead === "-" && options.results === "-")
    throw usage("--results and --dead cannot both be stdout");
  if (options.inDoubt !== undefined) throw usage("--in-doubt goes with --journal");
  const settings = loadSettings(invocation, {
    "the file": invocation.args[0] as string,
    "--template": template,
  });
  checkOutputFiles(
    [
      { name: "--results", path: options.results },
      { name: "--dead", path: options.dead },
    ],
    inputFiles(settings, invocation.args[0] as string, template, options.config),
  );
  const input = new InputFile(
    { path: invocation.args[0] as string, format, template, tokenColumn, skip },
    stdin,
  );
  try {
    const { blocks } = await input.open();
    const { client } = await openClient(settings, env, {
      size: options.connections,
      timeout: options.timeout,
    });
    try {
      const { results, dead } = openOutputs(invocation);
      const run = new Run(invocation, input, results, dead);
      try {
        return await run.send(client, blocks);
      } finally {
        await Promise.all([results?.close(), dead?.close()]);
      }
    } finally {
      await client.close();
    }
  } finally {
    input.close();
  }
}

/** Opens the files for outcomes: both of them or none. */
function openOutputs({ options, output }: Invocation<SendFileFlags>): {
  readonly results: LineFile | undefined;
  readonly dead: LineFile | undefined;
} {
  const open = (path: string | undefined, flag: string) =>
    path === undefined ? undefined : LineFile.open(path, flag, options.append === true, output.stdout);
  const results = open(options.results, "--results");
  try {
    return { results, dead: open(options.dead, "--dead") };
  } catch (error) {
    results?.abandon();
    throw error;
  }
}

/** One run through a file. */
class Run {
  readonly #invocation: Invocation<SendFileFlags>;
  readonly #input: InputFile;
  readonly #results: LineFile | undefined;
  readonly #dead: LineFile | undefined;
  readonly #tally = new OutcomeTally();
  readonly #window: number;
  #outbox: Outbox | undefined;
  #unanswered = 0;
  #invalid = 0;
  #stopped: StopReason | undefined;

  constructor(
    invocation: Invocation<SendFileFlags>,
    input: InputFile,
    results: LineFile | undefined,
    dead: LineFile | undefined,
  ) {
    this.#invocation = invocation;
    this.#input = input;
    this.#results = results;
    this.#dead = dead;
    const { concurrency, connections } = invocation.options;
    this.#window = concurrency ?? connections * 2000;
  }

  async send(
    client: import("apnskit").ApnsClient,
    blocks: ConstructorParameters<typeof Outbox>[0]["blocks"],
  ): Promise<ExitCode> {
    const { options, output } = this.#invocation;
    const outbox = new Outbox({
      blocks,
      limit: options.limit ?? Number.POSITIVE_INFINITY,
      rate: options.rate === undefined ? undefined : new Pacer(options.rate),
      now: () => performance.now(),
      onInvalid: (line, reason) => this.#onInvalid(line, reason),
    });
    this.#outbox = outbox;
    using interrupts = new Interrupts(() => {
      output.note("stopping: waiting for what is under way (Ctrl-C again gives it up)");
      this.#stop("interrupted");
    });
    const started = performance.now();
    const standing = (): Standing => ({
      tally: this.#tally,
      // Lines that were read ahead or are in flight do not count yet.
      bytes: outbox.bytes * (this.#tally.total / Math.max(1, outbox.taken)),
      size: this.#input.size,
      elapsed: performance.now() - started,
    });
    // The reader of stdout has gone, so the run stops.
    output.stdout.once("error", () => this.#stop("interrupted"));
    output.live.start(() => standingLine(standing()));
    try {
      const { signal } = interrupts;
      for await (const outcome of client.sendMany(outbox.pairs(), { concurrency: this.#window, signal })) {
        const wait = this.#onOutcome(outcome, outbox.takeLine(outcome.index!));
        if (wait !== undefined) await wait;
      }
    } finally {
      output.live.stop();
    }
    await Promise.all([this.#results?.close(), this.#dead?.close()]);
    this.#report(standing());
    return this.#exitCode();
  }

  #onOutcome(outcome: Outcome, line: number): Promise<void> | undefined {
    this.#tally.add(outcome);
    const answered = outcome.result === "accepted" || outcome.result === "rejected";
    this.#unanswered = answered ? 0 : this.#unanswered + 1;
    const wait = outcome.tokenIsDead ? this.#dead?.write(outcome.token!) : undefined;
    if (this.#stopped === undefined && outcome.result !== "accepted") {
      const { accepted, total, credentials } = this.#tally;
      const why = stopReason({ accepted, total, credentials, unanswered: this.#unanswered }, this.#window);
      if (why !== undefined) this.#stop(why);
    }
    if (this.#results === undefined) return wait;
    const { index: _, ...rest } = outcome;
    return this.#write({ line, ...rest }) ?? wait;
  }

  #onInvalid(line: number, reason: string): Promise<void> | undefined {
    const code = "ERR_APNS_INVALID_LINE";
    this.#tally.addUnsent(code);
    this.#invalid++;
    const { output } = this.#invocation;
    if (this.#invalid <= MOST_TOLD) output.note(`${this.#input.name} line ${line}: ${reason}`);
    else if (this.#invalid === MOST_TOLD + 1)
      output.note("further invalid lines are counted; --results has each of them");
    if (this.#results === undefined) return undefined;
    const error = { code, message: reason };
    return this.#write({ line, result: "unsent", error, tokenIsDead: false, retryable: false });
  }

  #write(record: object): Promise<void> | undefined {
    const wait = this.#results!.write(JSON.stringify(record));
    if (this.#results!.failure !== undefined || this.#dead?.failure !== undefined) this.#stop("results");
    return wait;
  }

  #stop(reason: StopReason): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = reason;
    this.#outbox?.stop();
    this.#input.close();
  }

  #report(standing: Standing): void {
    const { output, options } = this.#invocation;
    const results = options.results === "-" || options.dead === "-";
    if (output.json) output.record(summaryRecord(standing));
    else if (results) output.note(summaryText(standing));
    else output.line(summaryText(standing));
    const { next, taken } = this.#outbox!;
    if (this.#stopped === undefined || next === undefined) return;
    const why = {
      interrupted: "interrupted",
      credentials: "stopped: APNs refuses the credentials; apnskit doctor finds out why",
      unreachable: "stopped: no answers come",
      results: "stopped: outcomes cannot be written",
    }[this.#stopped];
    const limit = options.limit === undefined ? undefined : options.limit - taken;
    const files = options.results !== undefined || options.dead !== undefined;
    const line = continuation(this.#invocation.argv, next - 1, limit, files);
    output.note(`${why}. To go on behind line ${next - 1}:\n  ${line}`);
  }

  #exitCode(): ExitCode {
    const failure = this.#results?.failure ?? this.#dead?.failure;
    if (this.#stopped === "interrupted") return ExitCode.interrupted;
    if (failure instanceof CommandFailure) throw failure;
    return exitCodeOf(this.#tally);
  }
}
