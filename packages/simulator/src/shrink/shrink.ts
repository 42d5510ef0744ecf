import type { ActorPlan, Operation } from "../callers/actor-plan.ts";
import type { Plan } from "../weather/plan.ts";

/** Whether a plan still fails. */
export type StillFails = (plan: Plan) => Promise<boolean>;

/** Runs that shrinking may take. */
const MOST_RUNS = 200;

/**
 * Leaves out faults, callers and operations, and makes batches smaller, for as long as the plan still fails.
 * The result is the shortest story that was found, not the shortest that exists.
 */
export async function shrink(plan: Plan, stillFails: StillFails): Promise<Plan> {
  let best = plan;
  let runs = 0;
  const attempt = async (smaller: Plan): Promise<boolean> => {
    if (runs++ >= MOST_RUNS || !(await stillFails(smaller))) return false;
    best = smaller;
    return true;
  };
  for (let before: Plan | undefined; before !== best && runs < MOST_RUNS; ) {
    before = best;
    await leaveOut(
      () => best.faults,
      (faults) => attempt({ ...best, faults }),
    );
    await leaveOut(
      () => best.actors,
      (actors) => attempt({ ...best, actors }),
    );
    await leaveOut(
      () => best.campaigns,
      (campaigns) => attempt({ ...best, campaigns }),
    );
    await leaveOut(
      () => best.apps,
      (apps) => attempt({ ...best, apps }),
    );
    for (const { place } of best.apps) {
      await leaveOut(
        () => best.apps.find((one) => one.place === place)?.operations ?? [],
        (operations) =>
          attempt({
            ...best,
            apps: best.apps.map((one) => (one.place === place ? { ...one, operations } : one)),
          }),
      );
    }
    for (const { place } of best.campaigns) {
      await leaveOut(
        () => best.campaigns.find((campaign) => campaign.place === place)?.blows ?? [],
        (blows) =>
          attempt({
            ...best,
            campaigns: best.campaigns.map((campaign) =>
              campaign.place === place ? { ...campaign, blows } : campaign,
            ),
          }),
      );
    }
    for (const { place } of best.actors) {
      const withOperations = (operations: readonly Operation[]): Plan => ({
        ...best,
        actors: best.actors.map((actor) => (actor.place === place ? { ...actor, operations } : actor)),
      });
      await leaveOut(
        () => operationsOf(best, place),
        (operations) => attempt(withOperations(operations)),
      );
      await makeSmaller(
        () => operationsOf(best, place),
        (operations) => attempt(withOperations(operations)),
      );
    }
    for (const simpler of simplerWorlds(best)) await attempt(simpler);
  }
  return best;
}

/** First halves, then single items. */
async function leaveOut<Item>(
  items: () => readonly Item[],
  attempt: (fewer: readonly Item[]) => Promise<boolean>,
): Promise<void> {
  for (let size = items().length >> 1 || 1; ; size >>= 1) {
    for (let from = 0; from < items().length; ) {
      const fewer = items().filter((_, place) => place < from || place >= from + size);
      if (!(await attempt(fewer))) from += size;
    }
    if (size <= 1) return;
  }
}

async function makeSmaller(
  operations: () => readonly Operation[],
  attempt: (smaller: readonly Operation[]) => Promise<boolean>,
): Promise<void> {
  for (let place = 0; place < operations().length; place++) {
    for (;;) {
      const operation = operations()[place]!;
      if (!("batch" in operation) || operation.batch.count <= 1) break;
      const smaller = { ...operation, batch: { ...operation.batch, count: operation.batch.count >> 1 } };
      if (!(await attempt(operations().map((other, at) => (at === place ? smaller : other))))) break;
    }
  }
}

function operationsOf(plan: Plan, place: number): readonly Operation[] {
  return plan.actors.find((actor: ActorPlan) => actor.place === place)?.operations ?? [];
}

function simplerWorlds(plan: Plan): Plan[] {
  return [
    { ...plan, lateness: { chance: 0, most: 0 } },
    { ...plan, treatments: { accept: 1 } },
    { ...plan, settings: { maxConcurrentStreams: 100 } },
    { ...plan, quality: { latency: 20, jitter: 0, bandwidth: 100_000, segment: 16_384, buffer: 1_000_000 } },
  ];
}
