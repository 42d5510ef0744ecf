import { apnsIdFor, campaignCollapseId, type IndexRange } from "../src/index.ts";
import type { Arena, Errand } from "./arena.ts";
import type { LedgerServer } from "./ledger-server.ts";

/** How the report differs from the server's ledger. */
export interface Verdict {
  /** Recipients whose push was acted on never, once, more often. */
  readonly acted: readonly [never: number, once: number, moreOften: number];
  readonly differenceCount: number;
  /** The first of them. */
  readonly differences: readonly string[];
}

const AT_ONCE = 10_000;
const MOST_TOLD = 10;

/** Compares what the campaign says of each recipient with what the server did. */
export async function judge(errand: Errand, arena: Arena, server: LedgerServer): Promise<Verdict> {
  const { name, count, inDoubt } = errand;
  const report = (await arena.report(errand))!;
  const named = placesIn(report.inDoubtRecipients, count);
  const resent = placesIn(await arena.resent(errand), count);
  const again = placesIn(report.resentRecipients, count);
  const acted: [number, number, number] = [0, 0, 0];
  const differences: string[] = [];
  let differenceCount = 0;
  const differs = (text: string): void => {
    if (differenceCount++ < MOST_TOLD) differences.push(text);
  };
  if (report.state !== "finished") differs(`the campaign is ${report.state}`);
  if (report.accepted + report.inDoubt !== count) {
    differs(`${report.accepted} accepted and ${report.inDoubt} in doubt are not ${count}`);
  }
  for (let from = 0; from < count; from += AT_ONCE) {
    const places = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, at) => from + at);
    const byId = await server.counts(
      "apns-id",
      places.map((place) => apnsIdFor(name, place)),
    );
    const byCollapseId = await server.counts(
      "collapse-id",
      places.map((place) => campaignCollapseId(name, place)),
    );
    for (const [at, place] of places.entries()) {
      const [, times] = byId[at]!;
      acted[Math.min(2, times) as 0 | 1 | 2]++;
      if (times === 0 && named[place] === 0)
        differs(`recipient ${place} got none, and was not named in doubt`);
      if (times > 1 && inDoubt !== "resend") differs(`recipient ${place} got ${times}`);
      if (resent[place]! > 0 && again[place] === 0) differs(`the report does not name recipient ${place}`);
      if (times > 1 + resent[place]!)
        differs(`recipient ${place} got ${times}, in doubt ${resent[place]} times`);
      if (byCollapseId[at]![1] !== times) differs(`recipient ${place} has more than one collapse id`);
    }
  }
  return { acted, differenceCount, differences };
}

/** How often each place is in the ranges. */
function placesIn(ranges: readonly IndexRange[], count: number): Uint8Array {
  const places = new Uint8Array(count);
  for (const { from, to } of ranges) for (let place = from; place < to; place++) places[place]!++;
  return places;
}
