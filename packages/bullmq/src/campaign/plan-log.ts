import { CampaignDiffers, ClaimLost } from "@apnskit/campaign";
import type { FencedLogs } from "../log/fenced-log.ts";
import { LogWriter } from "../log/log-writer.ts";
import type { CampaignPlan } from "./campaign-plan.ts";
import { UnknownCampaign } from "./errors.ts";
import { planLogOf } from "./log-names.ts";

const CANCELLED = "cancelled";
const RESUMED = "resumed";

/** A campaign's plan in the store. */
export interface StoredPlan {
  readonly plan: CampaignPlan;
  readonly isCancelled: boolean;
}

/** @returns `undefined` if the store has no campaign of this name */
export async function findPlan(logs: FencedLogs, name: string): Promise<StoredPlan | undefined> {
  const [records] = await logs.read([planLogOf(name)]);
  return planIn(records!);
}

/** @throws UnknownCampaign */
export async function requirePlan(logs: FencedLogs, name: string): Promise<StoredPlan> {
  const found = await findPlan(logs, name);
  if (found === undefined) throw new UnknownCampaign(name);
  return found;
}

/**
 * Stores a plan, unless the store has it already. If several processes store plans at once, all end with the
 * same plan or an error.
 *
 * @throws CampaignDiffers
 */
export async function storePlan(logs: FencedLogs, plan: CampaignPlan): Promise<StoredPlan> {
  const name = planLogOf(plan.name);
  for (;;) {
    const found = await findPlan(logs, plan.name);
    if (found !== undefined) {
      requireSame(plan, found.plan);
      return found;
    }
    const taken = await logs.take(name);
    if (taken.records.length > 0) continue;
    if ((await logs.append(name, taken.fence, 0, [JSON.stringify(plan)])) === "written") {
      return { plan, isCancelled: false };
    }
  }
}

/**
 * Records whether workers may hand out recipients.
 *
 * @throws UnknownCampaign
 */
export async function markPlan(logs: FencedLogs, name: string, cancelled: boolean): Promise<CampaignPlan> {
  for (;;) {
    const { plan, isCancelled } = await requirePlan(logs, name);
    if (isCancelled === cancelled) return plan;
    const writer = new LogWriter(logs, planLogOf(name), await logs.take(planLogOf(name)));
    writer.add(cancelled ? CANCELLED : RESUMED);
    try {
      await writer.flush();
      return plan;
    } catch (error) {
      if (!(error instanceof ClaimLost)) throw error;
    }
  }
}

function planIn([plan, ...more]: readonly string[]): StoredPlan | undefined {
  if (plan === undefined) return undefined;
  return { plan: JSON.parse(plan) as CampaignPlan, isCancelled: more.at(-1) === CANCELLED };
}

/** @throws CampaignDiffers */
function requireSame(wanted: CampaignPlan, found: CampaignPlan): void {
  const fields = ["count", "rangeSize", "inDoubt", "collapse", "perSecond", "data"] as const;
  for (const field of fields) {
    if (JSON.stringify(wanted[field]) !== JSON.stringify(found[field])) throw differs(found.name, field);
  }
  // The writers differ whenever two calls store the same recipients.
  if (wanted.recipients?.fingerprint !== found.recipients?.fingerprint)
    throw differs(found.name, "recipients");
}

function differs(name: string, field: string): CampaignDiffers {
  const advice = "give a new campaign another name";
  return new CampaignDiffers(field, `the campaign ${name} was queued with another ${field}; ${advice}`);
}
