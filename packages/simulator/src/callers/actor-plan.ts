import type { SeededRandom } from "@apnskit/testkit/seeded-random";

/** A row of requests that have the same limits. */
export interface Batch {
  readonly count: number;
  /** Milliseconds between two of them; 0: all in one turn. */
  readonly every: number;
  readonly timeout: number;
  /** Milliseconds until the wall-clock deadline, if there is one. */
  readonly deadline: number | undefined;
  /** Milliseconds until the notification itself expires, if it does. */
  readonly expiration: number | undefined;
  readonly idempotent: boolean;
  /** Octets of the body. */
  readonly body: number;
  /** Milliseconds until a signal that all share fires, if there is one. */
  readonly abortAfter: number | undefined;
}

/** The batch of one request that must be accepted in clear weather. */
export const PROBE: Batch = {
  count: 1,
  every: 0,
  timeout: 60_000,
  deadline: undefined,
  expiration: undefined,
  idempotent: true,
  body: 100,
  abortAfter: undefined,
};

/** How a source is read and its results are taken. */
export interface Pace {
  /** Milliseconds that the source takes for each; 0: it is not asynchronous. */
  readonly source: number;
  /** Milliseconds that the reader takes for each; 0: it reads at once. */
  readonly reader: number;
  readonly concurrency: number | undefined;
  /** The loop is left after so many results. */
  readonly leaveAfter: number | undefined;
}

/** One thing that a caller does. */
export type Operation = { readonly at: number } & (
  | { readonly kind: "post"; readonly batch: Batch }
  | { readonly kind: "post-many"; readonly batch: Batch; readonly pace: Pace }
  | { readonly kind: "broadcast"; readonly batch: Batch }
  | { readonly kind: "resize"; readonly size: number }
  | { readonly kind: "close"; readonly drain: number }
);

/** A caller: a pool, or a client with its credentials. */
export interface ActorPlan {
  readonly kind: "pool" | "client";
  readonly place: number;
  /** When it is opened. */
  readonly at: number;
  readonly size: number;
  readonly maxQueue: number | undefined;
  readonly maxAge: number | undefined;
  readonly maxRequests: number | undefined;
  readonly pingInterval: number | undefined;
  readonly connectTimeout: number | undefined;
  readonly maxConcurrentStreams: number | undefined;
  /** Clients with the same number share their credentials. */
  readonly credentials: number;
  readonly operations: readonly Operation[];
}

const SECOND = 1_000;

/**
 * @param end milliseconds until the weather clears
 * @param faults times of faults: callers do much of their work about then
 */
export function drawActors(random: SeededRandom, end: number, faults: readonly number[]): ActorPlan[] {
  const count = random.pick([1, 1, 1, 2, 3]);
  return Array.from({ length: count }, (_, place) => drawActor(random.fork(), place, end, faults));
}

function drawActor(random: SeededRandom, place: number, end: number, faults: readonly number[]): ActorPlan {
  const kind = random.chance(0.65) ? "pool" : "client";
  const at = random.chance(0.8) ? 0 : random.next() * end * 0.5;
  const operations = Array.from({ length: random.integer(1, 5) }, () =>
    drawOperation(random, kind, drawTime(random, at, end, faults)),
  );
  return {
    kind,
    place,
    at,
    size: random.pick([1, 1, 2, 4]),
    maxQueue: random.chance(0.1) ? random.integer(0, 20) : undefined,
    maxAge: random.chance(0.15) ? Math.max(5 * SECOND, end / random.pick([3, 10, 40])) : undefined,
    maxRequests: random.chance(0.15) ? random.pick([20, 100]) : undefined,
    pingInterval: random.pick([
      undefined,
      undefined,
      end < 600_000 ? 2 * SECOND : 30 * SECOND,
      Number.POSITIVE_INFINITY,
    ]),
    connectTimeout: random.pick([undefined, undefined, 6 * SECOND]),
    maxConcurrentStreams: random.chance(0.1) ? random.integer(1, 10) : undefined,
    credentials: random.integer(0, 1),
    operations: crowd(random, operations),
  };
}

/** In order of time; some of them in the same callback as the one before. */
function crowd(random: SeededRandom, operations: readonly Operation[]): Operation[] {
  const sorted = operations.toSorted((a, b) => a.at - b.at);
  let at = 0;
  return sorted.map((operation) => {
    if (at === 0 || !random.chance(0.25)) at = operation.at;
    return { ...operation, at };
  });
}

function drawTime(random: SeededRandom, from: number, end: number, faults: readonly number[]): number {
  if (faults.length === 0 || random.chance(0.4)) return from + random.next() * (end - from);
  const about = random.pick(faults) + (random.next() - 0.5) * random.pick([20, 1_000, 20_000]);
  return Math.min(end, Math.max(from + 1, about));
}

function drawOperation(random: SeededRandom, kind: ActorPlan["kind"], at: number): Operation {
  const kinds = kind === "pool" ? { post: 8, "post-many": 2, resize: 1, close: 0.5 } : CLIENT_KINDS;
  const batch = drawBatch(random);
  switch (random.weighted(kinds as typeof CLIENT_KINDS)) {
    case "post":
      return { at, kind: "post", batch };
    case "post-many":
      return { at, kind: "post-many", batch, pace: drawPace(random, batch.count) };
    case "broadcast":
      return { at, kind: "broadcast", batch: { ...batch, count: Math.min(batch.count, 5), every: 0 } };
    case "resize":
      return { at, kind: "resize", size: random.integer(1, 5) };
    case "close":
      return { at, kind: "close", drain: random.pick([0, 0, 100, 20_000, Number.POSITIVE_INFINITY]) };
  }
}

const CLIENT_KINDS = { post: 6, "post-many": 3, broadcast: 1, resize: 0, close: 0.3 };

function drawBatch(random: SeededRandom): Batch {
  return {
    count: random.pick([1, 3, 3, 10, 10, random.integer(1, 80)]),
    every: random.pick([0, 0, 1, 30, 1_000, 60_000]),
    timeout: random.pick([50, 1_000, 10_000, 10_000, 60_000, 600_000, 20_000_000]),
    deadline: random.chance(0.1) ? random.next() * 100_000 : undefined,
    expiration: random.chance(0.1) ? random.next() * 100_000 : undefined,
    idempotent: random.chance(0.5),
    body: random.pick([2, 100, 1_000, 4_000]),
    abortAfter: random.chance(0.15) ? random.next() * random.pick([5, 1_000, 60_000]) : undefined,
  };
}

function drawPace(random: SeededRandom, count: number): Pace {
  return {
    source: random.pick([0, 0, 5, 500]),
    reader: random.pick([0, 0, 5, 500]),
    concurrency: random.pick([undefined, undefined, 1, 5, 50]),
    leaveAfter: random.chance(0.15) ? random.integer(1, count) : undefined,
  };
}

/**
 * Operations with their numbers, by the time at which they happen: those of the same time share a callback.
 */
export function byTime(
  operations: readonly Operation[],
): readonly { readonly at: number; readonly operations: readonly (readonly [number, Operation])[] }[] {
  const times = new Map<number, (readonly [number, Operation])[]>();
  for (const [number, operation] of operations.entries()) {
    const together = times.get(operation.at);
    if (together === undefined) times.set(operation.at, [[number, operation]]);
    else together.push([number, operation]);
  }
  return [...times].map(([at, operations]) => ({ at, operations }));
}
