import type { Clock, Pair } from "apnskit";
import { alert } from "apnskit";
import { expect, test } from "vitest";
import type { BlockReader } from "../src/run/block-reader.ts";
import { HandOut } from "../src/run/hand-out.ts";
import { CampaignState } from "../src/state/campaign-state.ts";

const notification = alert({ body: "Hello" });
/** Milliseconds between two appends. */
const INTERVAL = 50;

/** Blocks of 1,000 recipients without an end. */
function endlessReader(): BlockReader<string> {
  let first = 0;
  const next = async () => {
    const recipients = Array.from({ length: 1000 }, (_, at) => String(first + at));
    const block = { first, recipients, records: [], isLast: false };
    first += 1000;
    return block;
  };
  return { next, close: async () => {} } as unknown as BlockReader<string>;
}

/**
 * A client that takes `rate` recipients each millisecond, and a store whose appends take `append` ms.
 *
 * @returns of the second half: the most that were handed out ahead of the client, and the share of time it waited
 */
async function simulate(rate: number, append: number): Promise<{ most: number; waited: number }> {
  let now = 0;
  const state = new CampaignState();
  let wanted: "soon" | "now" | undefined;
  const handOut = new HandOut<string>({
    reader: endlessReader(),
    state,
    clock: { now: () => now } as Clock,
    perSecond: undefined,
    concurrency: undefined,
    pacer: undefined,
    wake: (when) => {
      if (wanted !== "now") wanted = when;
    },
    notificationFor: () => notification,
    onGiven: () => {},
  });
  let taken = 0;
  let isWaiting = false;
  let writing: { readonly until: number; readonly release: () => void } | undefined;
  let began = -INTERVAL;
  let [most, waits] = [0, 0];
  const length = 4000;
  for (; now < length; now++) {
    if (writing !== undefined && now >= writing.until) {
      writing.release();
      writing = undefined;
    }
    // Outcomes want to be written all the time.
    if (writing === undefined && (wanted === "now" || now - began >= INTERVAL)) {
      wanted = undefined;
      began = now;
      writing = { until: now + append, release: handOut.gather().release };
    }
    for (let at = 0; at < rate && !isWaiting; at++) {
      const result: IteratorResult<Pair> | Promise<IteratorResult<Pair>> = handOut.next();
      if (!(result instanceof Promise)) {
        taken++;
        continue;
      }
      isWaiting = true;
      void result.then(() => {
        taken++;
        isWaiting = false;
      });
    }
    await new Promise((resolve) => setImmediate(resolve));
    if (now < length / 2) continue;
    most = Math.max(most, state.counts().underWay - taken);
    if (isWaiting) waits++;
  }
  return { most, waited: waits / (length / 2) };
}

test("the first append covers a window that the caller chose, and no more", async () => {
  for (const [concurrency, first] of [
    [undefined, 64],
    [10, 64],
    [500, 500],
    [50_000, 1_000],
  ] as const) {
    expect(await firstHandedOut(concurrency)).toBe(first);
  }
});

test.each([
  [1, 2],
  [20, 2],
  [100, 2],
  [20, 30],
  [20, 150],
  [45, 77],
  [5, 200],
])(
  "at %i recipients a millisecond and appends of %i ms, few are ahead of a client that never waits",
  async (rate, append) => {
    const { most, waited } = await simulate(rate, append);
    expect(waited).toBeLessThan(0.01);
    // What the client takes until those after them are durable: the interval and two appends, and 10 ms.
    expect(most).toBeLessThanOrEqual(Math.max(64, 1.1 * rate * (INTERVAL + 2 * append + 10)));
  },
);

async function firstHandedOut(concurrency: number | undefined): Promise<number> {
  const state = new CampaignState();
  const handOut = new HandOut<string>({
    reader: endlessReader(),
    state,
    clock: { now: () => 0 } as Clock,
    perSecond: undefined,
    concurrency,
    pacer: undefined,
    wake: () => {},
    notificationFor: () => notification,
    onGiven: () => {},
  });
  void handOut.next();
  await new Promise((resolve) => setImmediate(resolve));
  handOut.gather();
  return state.counts().underWay;
}
