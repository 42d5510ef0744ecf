import type { Campaigns } from "@apnskit/bullmq";
import type { InDoubtPolicy } from "@apnskit/campaign";
import type { Invocation } from "../definition.ts";
import { ExitCode } from "../exit-codes.ts";
import { CommandFailure, usage } from "../failure.ts";
import { InputFile } from "../input/input-file.ts";
import { Interrupts } from "../interrupts.ts";
import { quote } from "../notification/explain.ts";
import { exitCodeOfReport, reportText } from "./figures.ts";
import { type Named, tellStatus } from "./named.ts";
import { type CampaignOrigin, inputOf } from "./origin.ts";
import { MADE_BY, type QueuedRecipient, queuedRecipient } from "./queued-recipient.ts";
import { tellRemoved, unfinishedCampaign } from "./removing.ts";
import { openStore, QUEUE, type StoreAddress } from "./shared-store.ts";

/** What is queued. */
export interface QueueTask {
  readonly name: string;
  readonly origin: CampaignOrigin;
  readonly inDoubt: InDoubtPolicy | undefined;
  readonly rate: number | undefined;
  /** Recipients of one range. */
  readonly rangeSize: number | undefined;
}

/** Queues a campaign of a file: its recipients go into the store, and workers on any machine send to them. */
export async function startQueued(
  { stdin, output }: Pick<Invocation<object>, "stdin" | "output">,
  address: StoreAddress,
  { name, origin, inDoubt, rate, rangeSize }: QueueTask,
): Promise<void> {
  const input = new InputFile(inputOf(origin), stdin);
  try {
    const { blocks } = await input.open();
    await withCampaigns(address, async (campaigns) => {
      await requireNew(campaigns, name);
      using interrupts = new Interrupts();
      let read = 0;
      async function* recipients(): AsyncGenerator<QueuedRecipient> {
        for await (const { entries } of blocks) {
          // Then nothing of the campaign stays in the store.
          if (interrupts.signal.aborted) throw new CommandFailure(ExitCode.interrupted, "interrupted");
          for (const entry of entries) yield queuedRecipient(entry);
          read += entries.length;
        }
      }
      output.live.start(() => `${read.toLocaleString("en-US")} read`);
      try {
        const { count } = await campaigns.start({
          name,
          recipients: recipients(),
          inDoubt,
          perSecond: rate,
          rangeSize,
          data: MADE_BY,
        });
        output.live.stop();
        const words = [`--${address.kind}`, address.shown].map(quote).join(" ");
        output.result({ name, count }, () => `campaign ${name}: ${count.toLocaleString("en-US")} queued`);
        output.note(`workers send it:  apnskit campaign worker ${words}`);
        output.note(`where it stands:  apnskit campaign status ${quote(name)} ${words}`);
      } finally {
        output.live.stop();
      }
    });
  } finally {
    input.close();
  }
}

/** Shows where a queued campaign stands, and names every recipient in doubt. */
export function statusQueued(
  { output }: Pick<Invocation<object>, "output">,
  address: StoreAddress,
  name: string,
): Promise<ExitCode> {
  return withCampaigns(address, async (campaigns) => {
    const report = await campaigns.report(name);
    const inDoubt: Named[] = [];
    const known = new Map<number, QueuedRecipient>();
    for await (const [index, one] of campaigns.recipients(name, report.inDoubtRecipients)) {
      known.set(index, one as QueuedRecipient);
    }
    for (const { from, to } of report.inDoubtRecipients) {
      for (let index = from; index < to; index++) {
        const one = known.get(index);
        inDoubt.push(one === undefined ? { index } : { index, line: one.line, token: one.token });
      }
    }
    // The store cannot tell whether the worker that has them under way is alive.
    const word = report.state === "running" ? "in doubt or under way" : "in doubt";
    tellStatus(output, { report, inDoubt }, word);
    return exitCodeOfReport(report);
  });
}

/** Queues the rest of a cancelled campaign, or the ranges that failed; or stops a campaign on all workers. */
export function changeQueued(
  { output }: Pick<Invocation<object>, "output">,
  address: StoreAddress,
  name: string,
  change: "resume" | "cancel",
): Promise<void> {
  return withCampaigns(address, async (campaigns) => {
    await campaigns[change](name);
    const report = await campaigns.report(name);
    output.result({ report }, () => reportText(report));
  });
}

/** Removes what the store keeps of a campaign. @throws CommandFailure for one that is not finished */
export function removeQueued(
  { output }: Pick<Invocation<object>, "output">,
  address: StoreAddress,
  name: string,
  unfinished: boolean,
): Promise<void> {
  return withCampaigns(address, async (campaigns) => {
    const { state } = await campaigns.report(name);
    if (state === "running" && !unfinished) throw unfinishedCampaign(name);
    await campaigns.remove(name);
    tellRemoved(output, name);
  });
}

async function withCampaigns<Result>(
  address: StoreAddress,
  use: (campaigns: Campaigns) => Promise<Result>,
): Promise<Result> {
  await using opened = await openStore(address);
  const { bullmq, store } = opened;
  await using campaigns = new bullmq.Campaigns({ store, queue: QUEUE });
  return await use(campaigns);
}

async function requireNew(campaigns: Campaigns, name: string): Promise<void> {
  try {
    await campaigns.report(name);
  } catch (error) {
    if ((error as { code?: unknown }).code === "ERR_APNS_UNKNOWN_CAMPAIGN") return;
    throw error;
  }
  throw usage(`the campaign ${name} is in the store already; go on with it by apnskit campaign resume`);
}
