import { apnsIdFor, type IndexRange } from "@apnskit/campaign";
import type { MockApns } from "@apnskit/mock-server";

/** The server's record of a campaign. */
export interface LedgerComparison {
  /** The numbers of recipients whose push the server acted on never, once and twice. */
  readonly acted: readonly [never: number, once: number, twice: number];
  /** The number of recipients with two pushes that were in doubt. */
  readonly wereInDoubt: number;
}

export function compareWithLedger(
  name: string,
  count: number,
  resentRecipients: readonly IndexRange[],
  { ledger }: MockApns,
): LedgerComparison {
  const acted: [number, number, number] = [0, 0, 0];
  const resent = new Set(placesIn(resentRecipients));
  let wereInDoubt = 0;
  for (let index = 0; index < count; index++) {
    const times = Math.min(2, ledger.apnsIds!.get(apnsIdFor(name, index)).acted);
    acted[times as 0 | 1 | 2]++;
    if (times === 2 && resent.has(index)) wereInDoubt++;
  }
  return { acted, wereInDoubt };
}

export function printComparison(
  { acted, wereInDoubt }: LedgerComparison,
  print: (line: string) => void,
): void {
  const [never, once, twice] = acted.map(number);
  print("the server's ledger");
  print(`  acted on never  ${never}`);
  print(`  once            ${once}`);
  print(`  twice           ${twice}, of which ${number(wereInDoubt)} were in doubt;`);
  print("                  both pushes have one collapse id, so a device shows one");
}

function* placesIn(ranges: readonly IndexRange[]): Generator<number> {
  for (const { from, to } of ranges) for (let index = from; index < to; index++) yield index;
}

export const sizeOf = (ranges: readonly IndexRange[]): number =>
  ranges.reduce((sum, { from, to }) => sum + to - from, 0);

export const number = (value: number): string => value.toLocaleString("en-US");
