import { SeededRandom } from "@apnskit/testkit/seeded-random";
import type { AnswerTime, Treatments } from "../apns/manner.ts";
import type { BindingSettings } from "../apns/stream-book.ts";
import { type ActorPlan, drawActors } from "../callers/actor-plan.ts";
import { type AppsPlan, drawApps } from "../callers/apps-plan.ts";
import { type CampaignPlan, drawCampaigns } from "../callers/campaign-plan.ts";
import type { Lateness } from "../host/event-loop.ts";
import type { Quality } from "../network/route.ts";
import type { Fault, FaultKind } from "./fault.ts";

/** Everything that a seed decides about a run. */
export interface Plan {
  readonly seed: number;
  /** Milliseconds until the weather clears. */
  readonly clearAt: number;
  readonly quality: Quality;
  readonly settings: BindingSettings;
  /** How requests are treated when nothing special goes on. */
  readonly treatments: Treatments;
  readonly answerTime: AnswerTime;
  readonly lateness: Lateness;
  readonly faults: readonly Fault[];
  readonly actors: readonly ActorPlan[];
  readonly campaigns: readonly CampaignPlan[];
  /** Callers of `ApnsClients`. */
  readonly apps: readonly AppsPlan[];
}

/**
 * Callers and faults that were added later have their own generators: plans of older seeds stay as they are.
 */
const CAMPAIGN_DRAWS = 0x0ca3_9a16;
const APPS_DRAWS = 0x7a99_5c11;
const HANG_UP_DRAWS = 0x51b0_77e3;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/**
 * Draws the plan of a seed. First it is drawn which faults are possible at all, and how many: runs in which
 * everything goes wrong at once hide the effect of two faults (swarm testing).
 */
export function drawPlan(seed: number): Plan {
  const random = new SeededRandom(seed);
  const clearAt = random.weighted({ short: 3, medium: 3, long: 2, day: 1 });
  const length = { short: 30 * SECOND, medium: 10 * MINUTE, long: 90 * MINUTE, day: 6 * 60 * MINUTE }[
    clearAt
  ];
  const end = length * (0.5 + random.next() / 2);
  const kinds = FAULTS.filter(() => random.chance(0.35));
  // Seldom, since it ends the pools that notice.
  if (random.chance(0.03)) kinds.push(drawCertificateFault);
  const count = kinds.length === 0 ? 0 : random.integer(1, random.pick([3, 8, 25]));
  const faults = Array.from({ length: count }, () => {
    const draw = random.pick(kinds);
    return { at: random.next() * end * 0.95, ...draw(random, end) } as Fault;
  });
  // Faults love company: some of them come right after another.
  const crowded = faults.map((fault, i) => {
    const before = faults[i - 1];
    return before !== undefined && random.chance(0.4)
      ? { ...fault, at: Math.min(end, before.at + random.next() * random.pick([20, 500, 5_000])) }
      : fault;
  });
  const bounded = crowded
    .map((fault) =>
      "duration" in fault ? { ...fault, duration: Math.min(fault.duration, end - fault.at) } : fault,
    )
    .sort((a, b) => a.at - b.at);
  const plan = {
    seed,
    clearAt: end,
    quality: {
      latency: random.pick([1, 20, 80, 300]),
      jitter: random.pick([0, 5, 100]),
      bandwidth: random.pick([10, 1_000, 100_000]),
      segment: random.pick([60, 1_400, 16_384]),
      buffer: random.pick([2_000, 20_000, 1_000_000]),
    },
    settings: {
      maxConcurrentStreams: random.pick([1, 3, 20, 100, 1_000]),
      ...(random.chance(0.3) && { initialWindowSize: random.pick([100, 3_000, 1_000_000]) }),
      ...(random.chance(0.2) && { headerTableSize: random.pick([0, 100, 8_192]) }),
    },
    treatments: random.chance(0.5) ? { accept: 1 } : drawTreatments(random),
    answerTime: { least: random.pick([0, 5, 50]), most: random.pick([60, 500, 4_000]) },
    lateness: { chance: random.pick([0, 0, 0.05, 0.5]), most: random.pick([2, 30, 400]) },
    faults: bounded,
    actors: drawActors(
      random,
      end,
      bounded.map(({ at }) => at),
    ),
  };
  const own = (draws: number): SeededRandom => new SeededRandom((seed ^ draws) >>> 0);
  const campaigns = drawCampaigns(own(CAMPAIGN_DRAWS), end, plan.actors.length);
  const apps = drawApps(own(APPS_DRAWS), end, plan.actors.length + campaigns.length);
  return { ...plan, campaigns, apps, faults: [...plan.faults, ...drawHangUps(own(HANG_UP_DRAWS), end)] };
}

/** Seldom: times at which connections are lost under requests, one after the other. */
function drawHangUps(random: SeededRandom, end: number): Fault[] {
  if (!random.chance(0.08)) return [];
  return Array.from({ length: random.integer(1, 3) }, () => {
    const at = random.next() * end * 0.9;
    const treatments: Treatments = { accept: random.pick([0, 1, 5]), "hang-up": 1 };
    const lasts = random.pick([3 * SECOND, 30 * SECOND, 3 * MINUTE]);
    return { at, kind: "manner", treatments, duration: Math.min(lasts, end - at) };
  });
}

/** Mostly acceptance, with some of a few other treatments. */
function drawTreatments(random: SeededRandom): Treatments {
  const weights: Record<string, number> = { accept: random.pick([100, 20, 3]) };
  for (const treatment of random.shuffle(TREATMENTS).slice(0, random.integer(1, 4))) {
    weights[treatment] = random.pick([1, 3]);
  }
  return weights;
}

const TREATMENTS = [
  "bad-token",
  "unregistered",
  "too-many",
  "internal",
  "unavailable",
  "shutdown",
  "idle-timeout",
  "refuse",
  "reset",
  "calm",
  "break-off",
  "silence",
] as const;

const duration = (random: SeededRandom): number =>
  random.next() * random.pick([200, 3 * SECOND, 20 * SECOND, 3 * MINUTE, 20 * MINUTE]);

type Draw = (random: SeededRandom, end: number) => FaultKind;

const drawCertificateFault: Draw = (random) => ({
  kind: "certificate",
  how: random.pick(["answer", "goaway", "handshake"]),
  duration: duration(random),
});

const FAULTS: readonly Draw[] = [
  (random) => ({ kind: "cut", direction: random.pick(["up", "down", "both"]), duration: duration(random) }),
  (random) => ({ kind: "reset", share: random.pick([0.3, 1]) }),
  (random) => ({ kind: "forget", share: random.pick([0.3, 1]) }),
  (random) => ({ kind: "slow", factor: random.pick([3, 20, 100]), duration: duration(random) }),
  (random) => ({ kind: "narrow", factor: random.pick([10, 1_000]), duration: duration(random) }),
  (random) => ({ kind: "names", mode: random.pick(["failing", "silent"]), duration: duration(random) }),
  (random) => ({
    kind: "address",
    place: random.integer(0, 3),
    state: random.pick(["refusing", "silent"]),
    duration: duration(random),
  }),
  (random) => ({
    kind: "handshake",
    trouble: random.pick(["reset", "untrusted", "no-http2", "stuck"]),
    duration: duration(random),
  }),
  (random) => ({
    kind: "goaway",
    share: random.pick([0.4, 1]),
    code: random.pick(["NO_ERROR", "NO_ERROR", "ENHANCE_YOUR_CALM", "INTERNAL_ERROR"]),
    reason: random.pick([undefined, "Shutdown", "IdleTimeout", "ServiceUnavailable"]),
    spares: random.pick(["all", "arrived", "half"]),
    patience: random.pick([0, 10, 300, 5_000, MINUTE]),
  }),
  (random) => ({
    kind: "restart",
    how: random.pick(["end", "reset"]),
    downtime: random.pick([0, 300, 20 * SECOND]),
  }),
  (random) => ({
    kind: "settings",
    settings: random.pick<BindingSettings>([
      { maxConcurrentStreams: random.pick([0, 1, 5, 1_000]) },
      { initialWindowSize: random.pick([0, 200, 65_535, 500_000]) },
      { headerTableSize: random.pick([0, 64, 4_096, 65_536]) },
      { maxConcurrentStreams: random.integer(1, 30), initialWindowSize: random.integer(0, 9_000) },
      { maxFrameSize: random.pick([16_384, 100_000]) },
    ]),
  }),
  (random) => ({
    kind: "manner",
    treatments: random.chance(0.5) ? drawTreatments(random) : { [random.pick(TREATMENTS)]: 1 },
    duration: duration(random),
  }),
  (random) => ({ kind: "stop", duration: duration(random) }),
  (random) => ({ kind: "slow-reader", rate: random.pick([0.1, 5, 100]), duration: duration(random) }),
  (random) => ({
    kind: "turn-away",
    reason: random.pick(["Shutdown", "ServiceUnavailable"]),
    duration: duration(random),
  }),
  () => ({ kind: "expire-tokens" }),
  (random) => ({ kind: "pause", duration: duration(random) }),
  (random) => ({ kind: "suspend", stands: random.chance(0.5), duration: duration(random) }),
  (random) => ({
    kind: "wall-clock",
    by: random.pick([-1, 1]) * random.pick([1 * SECOND, 5 * MINUTE, 90 * MINUTE]),
  }),
];
