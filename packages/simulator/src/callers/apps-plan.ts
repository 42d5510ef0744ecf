import type { SeededRandom } from "@apnskit/testkit/seeded-random";

/** One thing that a caller of `ApnsClients` does for an app. */
export type AppOperation = {
  readonly at: number;
  readonly app: number;
} /** Opens a client, sends `count` notifications with it, and closes it after `hold` milliseconds. */ & (
  | {
      readonly kind: "send";
      readonly count: number;
      readonly every: number;
      readonly timeout: number;
      readonly hold: number;
    }
  | { readonly kind: "forget" }
);

/** An app, as its credentials are found. */
export interface AppPlan {
  /** Apps with the same number have the same key, and share connections. */
  readonly key: number;
  /** Milliseconds until they are found. */
  readonly delay: number;
  /** How often the search fails before it succeeds; `Infinity`: there is no such app. */
  readonly failures: number;
}

/** A caller with many apps in one process. */
export interface AppsPlan {
  readonly place: number;
  readonly idleTimeout: number;
  readonly retries: number;
  readonly size: number;
  readonly apps: readonly AppPlan[];
  readonly operations: readonly AppOperation[];
  /** When all is closed, if that is before the end. */
  readonly closeAt: number | undefined;
}

const SECOND = 1_000;

/** @param end milliseconds until the weather clears */
export function drawApps(random: SeededRandom, end: number, place: number): AppsPlan[] {
  if (!random.chance(0.1)) return [];
  const apps = Array.from({ length: random.integer(1, 6) }, () => ({
    key: random.integer(0, 2),
    delay: random.pick([0, 0, 10, 3 * SECOND]),
    failures: random.pick([0, 0, 0, 1, 3, Number.POSITIVE_INFINITY]),
  }));
  const operations = Array.from({ length: random.integer(2, 15) }, (): AppOperation => {
    const at = random.next() * (random.chance(0.5) ? end : Math.min(end, 60 * SECOND));
    const app = random.integer(0, apps.length - 1);
    if (random.chance(0.1)) return { kind: "forget", at, app };
    return {
      kind: "send",
      at,
      app,
      count: random.pick([0, 1, 3, 30]),
      every: random.pick([0, 0, 20, SECOND]),
      timeout: random.pick([SECOND, 10 * SECOND, 600 * SECOND]),
      hold: random.pick([0, 0, 100, 30 * SECOND]),
    };
  });
  return [
    {
      place,
      idleTimeout: random.pick([0, 1, SECOND, 60 * SECOND]),
      retries: random.pick([0, 2, 5]),
      size: random.pick([1, 1, 2]),
      apps,
      operations: operations.toSorted((a, b) => a.at - b.at),
      closeAt: random.chance(0.2) ? random.next() * end : undefined,
    },
  ];
}
