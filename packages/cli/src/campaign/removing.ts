import { type CommandFailure, usage } from "../failure.ts";
import { quote } from "../notification/explain.ts";
import type { Output } from "../output/output.ts";

/** Says that nothing is kept of a campaign now. */
export function tellRemoved(output: Pick<Output, "result">, name: string): void {
  output.result({ removed: name }, () => `campaign ${name}: removed`);
}

/** Why a campaign stays. @param campaign its journal, or its name in the store */
export function unfinishedCampaign(campaign: string): CommandFailure {
  return usage(
    `${quote(campaign)}: the campaign is not finished; resume it, cancel it, or remove it with --unfinished`,
  );
}
