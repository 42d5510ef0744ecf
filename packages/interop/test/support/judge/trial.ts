import { type Case, ENOUGH, type Expectation, limitsOf } from "./case.ts";
import { Lateness } from "./lateness.ts";
import { type CaseLimits, layers } from "./layer.ts";
import { differences, type Told } from "./oracle.ts";
import type { Scene, SceneLedger, Stage } from "./scene.ts";
import { storyOf } from "./story.ts";

/** The faults found in one case, as text; empty if there are none. */
export type Verdict = readonly string[];

/** Cases in flight at once. A case spends most of its time waiting. */
const AT_ONCE = 32;
/** The same for repeated cases. */
const FEW = 8;
/** Factor by which repeated cases get longer limits. */
const PATIENCE = 5;

/** The result of one run of a case. */
interface Trial {
  /** Outcomes that are false, late or against the rules. */
  readonly wrong: readonly string[];
  /** Results that may be true but differ from the documentation. */
  readonly surprising: readonly string[];
  readonly story: string;
}

/**
 * Runs cases, many at once, and judges each. Returns the verdicts by name. A case with only surprising
 * results runs once more, beside few others and with longer limits, because a late server on a busy machine
 * changes how a request ends. Wrong results count at once.
 */
export async function tryAll(stage: Stage, cases: readonly Case[]): Promise<ReadonlyMap<string, Verdict>> {
  const trials = await tryEach(stage, cases, AT_ONCE);
  const again = cases.filter((tried) => {
    const { wrong, surprising } = trials.get(tried)!;
    return wrong.length === 0 && surprising.length > 0;
  });
  const patient = new Map(again.map((tried) => [patiently(tried), tried]));
  for (const [tried, trial] of await tryEach(stage, [...patient.keys()], FEW)) {
    trials.set(patient.get(tried)!, trial);
  }
  return new Map(Array.from(trials, ([{ name }, trial]) => [name, verdictOn(trial)]));
}

function patiently(tried: Case): Case {
  const { kind, ms } = tried.limit;
  return { ...tried, limit: { kind, ms: Math.min(ENOUGH, PATIENCE * ms) } };
}

function verdictOn({ wrong, surprising, story }: Trial): Verdict {
  const found = [...wrong, ...surprising];
  return found.length === 0 ? found : [...found, story];
}

async function tryEach(stage: Stage, cases: readonly Case[], atOnce: number): Promise<Map<Case, Trial>> {
  const trials = new Map<Case, Trial>();
  const lateness = new Lateness();
  lateness.start();
  const rest = [...cases];
  const worker = async (): Promise<void> => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
      trials.set(next, await tryOne(stage, next, lateness));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  lateness.stop();
  return trials;
}

async function tryOne(stage: Stage, tried: Case, lateness: Lateness): Promise<Trial> {
  const scene = await stage.open(tried.script);
  let limit = 0;
  const limits = (): CaseLimits => {
    const now = limitsOf(tried);
    limit = now.limit;
    return now.limits;
  };
  try {
    const sent = await layers[tried.layer](scene, limits, tried.pause);
    for (const end of tried.ends) void endBy(scene, sent, end);
    const told = await sent.told;
    await sent.close();
    const ledger = await scene.close();
    return {
      wrong: differences(told, ledger, { idempotent: tried.idempotent, limit, late: lateness.worst }),
      surprising: surprises(told, ledger, tried.expected),
      story: storyOf(tried, told, ledger),
    };
  } catch (error) {
    await scene.close();
    return { wrong: [String(error)], surprising: [], story: `${tried.name}, at the ${tried.layer}` };
  }
}

async function endBy(
  scene: Scene,
  sent: { abort(): void; close(): Promise<void> },
  { how, at, attempt, after = 0 }: Case["ends"][number],
): Promise<void> {
  try {
    await scene.event(at, (event) => event.attempt === attempt);
  } catch {
    // The case ended before this attempt.
    return;
  }
  if (after > 0) await new Promise((resolve) => setTimeout(resolve, after));
  await sent[how]();
}

/** Results that may be true but differ from the documentation. */
function surprises(told: Told, { attempts }: SceneLedger, expected: Expectation): string[] {
  const found: string[] = [];
  if (expected.claim !== undefined && !expected.claim.split(" or ").includes(told.claim)) {
    found.push(`${told.claim} (${told.text}) instead of ${expected.claim}`);
  }
  if (expected.attempts !== undefined) {
    if (attempts.length !== expected.attempts) {
      found.push(`the server saw ${attempts.length} attempts instead of ${expected.attempts}`);
    }
    if (told.attempts !== undefined && told.attempts !== expected.attempts) {
      found.push(`the outcome counts ${told.attempts} attempts instead of ${expected.attempts}`);
    }
  }
  return found;
}
