import type { InDoubtPolicy } from "@apnskit/campaign";
import type { SeededRandom } from "@apnskit/testkit/seeded-random";
import type { DiskQuality } from "../disk/simulated-disk.ts";
import type { StoreQuality } from "../store/fenced-store.ts";

/** A fault of a campaign's process, or of its machine. Times are milliseconds since the world began. */
export type Blow = {
  readonly at: number;
} /** The process, or its machine's power, ends. `successors` begin after `pause`. */ & (
  | { readonly kind: "kill" | "power"; readonly pause: number; readonly successors: number }
  /** The process does not run; another one begins after `pause`. */
  | { readonly kind: "suspend"; readonly duration: number; readonly pause: number }
  /** The disk has no room. */
  | { readonly kind: "full"; readonly duration: number }
);

/** A campaign and its faults. */
export interface CampaignPlan {
  readonly place: number;
  /** When it begins. */
  readonly at: number;
  readonly count: number;
  readonly blockSize: number;
  readonly inDoubt: InDoubtPolicy;
  readonly collapse: boolean;
  readonly rate: number | undefined;
  readonly concurrency: number | undefined;
  readonly timeout: number;
  /** Milliseconds that the source takes for each recipient; 0: it is a list. */
  readonly source: number;
  /** Connections of the client. */
  readonly size: number;
  /** Whether the system tells when a process began. */
  readonly tellsStarts: boolean;
  /** A journal on a disk, or a store that processes share. */
  readonly store: DiskQuality | StoreQuality;
  readonly blows: readonly Blow[];
}

const SECOND = 1_000;

/** @param end milliseconds until the weather clears @param place of the first campaign among all callers */
export function drawCampaigns(random: SeededRandom, end: number, place: number): CampaignPlan[] {
  if (!random.chance(0.2)) return [];
  return Array.from({ length: random.pick([1, 1, 1, 2]) }, (_, number) =>
    drawCampaign(random.fork(), end, place + number),
  );
}

function drawCampaign(random: SeededRandom, end: number, place: number): CampaignPlan {
  const isShared = random.chance(0.35);
  const count = random.pick([1, 10, 60, 300, 700]);
  const at = random.chance(0.6) ? 0 : random.next() * end * 0.5;
  const collapse = random.chance(0.7);
  return {
    place,
    at,
    count,
    blockSize: random.pick([1, 7, 100, 1_000]),
    inDoubt: random.pick<InDoubtPolicy>(["resend", "skip", "report"]),
    collapse,
    // Fast enough to come to an end after the weather has cleared.
    rate: random.chance(0.3) ? Math.max(20, count / random.pick([2, 20])) : undefined,
    // One after the other takes long where answers do.
    concurrency: random.pick([undefined, undefined, count > 10 ? 50 : 1, count > 60 ? 200 : 20]),
    timeout: random.pick([2 * SECOND, 20 * SECOND, 60 * SECOND]),
    source: count <= 60 ? random.pick([0, 0, 5, 100]) : 0,
    size: random.pick([1, 1, 3]),
    tellsStarts: random.chance(0.8),
    store: isShared
      ? {
          latency: random.pick([1, 20, 400]),
          lease: random.pick([3 * SECOND, 20 * SECOND]),
          tellsLoss: random.chance(0.5),
          lostAnswers: random.pick([0, 0, 0.03]),
        }
      : {
          latency: random.pick([1, 20, 200]),
          shortness: random.pick([0, 0.2]),
          syncFailures: random.pick([0, 0, 0.02]),
        },
    blows: drawBlows(random, at, end, isShared),
  };
}

function drawBlows(random: SeededRandom, from: number, end: number, isShared: boolean): Blow[] {
  const count = random.pick([0, 1, 1, 2, 4, 8]);
  const blows: Blow[] = [];
  // Most blows fall while the campaign works, which is short.
  let at = from;
  for (let number = 0; number < count; number++) {
    at += random.next() * random.pick([50, 400, 3_000, 60_000]);
    if (at >= end * 0.95) break;
    const pause = random.next() * random.pick([5, 1_000, 20_000]);
    const kind = random.weighted({
      kill: 4,
      power: isShared ? 0 : 4,
      suspend: isShared ? 5 : 1,
      full: isShared ? 0 : 1,
    });
    const duration = Math.min(random.next() * random.pick([500, 10_000, 60_000]), end - at);
    if (kind === "suspend") blows.push({ kind, at, duration, pause });
    else if (kind === "full") blows.push({ kind, at, duration });
    else blows.push({ kind, at, pause, successors: random.pick([1, 1, 1, 2, 3]) });
    if (kind === "kill" || kind === "power") at += pause;
  }
  return blows;
}
