import type { CampaignReport, CampaignWorker } from "@apnskit/bullmq";
import type { Auth } from "apnskit";
import type { Invocation } from "../definition.ts";
import { ExitCode } from "../exit-codes.ts";
import { oneLine } from "../failure.ts";
import { Interrupts } from "../interrupts.ts";
import type { SettingFlags } from "../options/setting-options.ts";
import type { StoreFlags } from "../options/store-options.ts";
import { openClient } from "../settings/client.ts";
import { readAuth, withKey } from "../settings/credentials.ts";
import { loadSettings } from "../settings/load.ts";
import type { CredentialSettings } from "../settings/settings.ts";
import { reportText } from "./figures.ts";
import { isMadeByCommand, notificationOf, type QueuedRecipient } from "./queued-recipient.ts";
import { type OpenStore, openStore, QUEUE, requireStoreAddress } from "./shared-store.ts";

/** Options of `apnskit campaign worker`. */
export interface WorkerFlags extends SettingFlags, StoreFlags {
  readonly connections: number;
  readonly timeout: number;
  readonly ranges: number;
  /** Milliseconds. */
  readonly lock: number;
  /** Milliseconds. */
  readonly drain: number;
}

/** Milliseconds beyond `--drain` for the last records to reach the store. */
const REPORTING = 10_000;

/** Runs `apnskit campaign worker` until it is told to stop. */
export async function work(invocation: Invocation<WorkerFlags>): Promise<ExitCode> {
  const { options, env, output } = invocation;
  const address = requireStoreAddress(options, env);
  const settings = loadSettings(invocation);
  const { InvalidOption } = await import("apnskit");
  const stop = new AbortController();
  using interrupts = new Interrupts(() => stop.abort());
  await using opened = await openStore(address, { signal: stop.signal, output });
  const { bullmq, store } = opened;
  const shared = new SharedAuth(opened, stop.signal);
  const { client, target } = await openClient(settings, env, {
    size: options.connections,
    timeout: options.timeout,
    readAuth: (credentials) => shared.read(credentials),
  });
  const tell = (fields: object, message: string): void => output.note(words(fields, message));
  try {
    const worker = new bullmq.CampaignWorker({
      store,
      client,
      queue: QUEUE,
      concurrency: options.ranges,
      lockDuration: options.lock,
      content: ({ name, data }) => {
        if (!isMadeByCommand(data)) {
          throw new InvalidOption("data", `the campaign ${name} was not queued by apnskit campaign start`);
        }
        return { notification: (one) => notificationOf(one as QueuedRecipient) };
      },
      logger: { warn: tell, error: tell },
    });
    const tally = follow(worker, output);
    output.note(`works on the campaigns of ${address.shown}, and sends to ${target.name}; Ctrl-C stops it`);
    output.live.start(() => `${tally.ranges} ranges done, ${tally.campaigns} campaigns finished`);
    await aborted(stop.signal);
    output.note("stopping: waiting for what is under way (Ctrl-C again leaves it in doubt)");
    interrupts.signal.addEventListener("abort", () => void client.close({ drain: 0 }), { once: true });
    const isClean = await worker.close({ drain: options.drain, limit: options.drain + REPORTING });
    output.live.stop();
    if (isClean) return ExitCode.accepted;
    output.note(
      "the store did not answer: what was under way is in doubt, and another worker goes on with it",
    );
    return ExitCode.unknown;
  } finally {
    output.live.stop();
    await client.close();
    await shared.close();
  }
}

/** One provider token for all workers: APNs refuses a key of which each machine signs its own. */
class SharedAuth {
  readonly #opened: OpenStore;
  readonly #signal: AbortSignal;
  #close: () => Promise<void> = async () => {};

  constructor(opened: OpenStore, signal: AbortSignal) {
    this.#opened = opened;
    this.#signal = signal;
  }

  async read(credentials: CredentialSettings | undefined): Promise<Auth> {
    if (credentials?.kind !== "key") return readAuth(credentials);
    const { bullmq, store } = this.#opened;
    const token = await withKey(credentials, (key) =>
      bullmq.SharedProviderToken.open({ ...key, store: store.tokens, signal: this.#signal }),
    );
    this.#close = async () => token[Symbol.asyncDispose]();
    return token.auth;
  }

  close(): Promise<void> {
    return this.#close();
  }
}

interface Tally {
  ranges: number;
  campaigns: number;
}

/** Tells of each campaign whose report this worker has made, and of what failed for good. */
function follow({ bullmq }: CampaignWorker, output: Invocation<object>["output"]): Tally {
  const tally: Tally = { ranges: 0, campaigns: 0 };
  bullmq.on("completed", (job, result) => {
    if (job.name !== "report") {
      tally.ranges++;
      return;
    }
    tally.campaigns++;
    const report = result as CampaignReport;
    output.result({ report }, () => reportText(report));
  });
  bullmq.on("failed", (job, error) => {
    const { campaign, range } = (job?.data ?? {}) as { campaign?: string; range?: number };
    output.note(oneLine(`campaign ${campaign}, range ${range}: ${error.message}`));
  });
  return tally;
}

function words(fields: object, message: string): string {
  return oneLine([message, ...Object.values(fields)].join(": "));
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
