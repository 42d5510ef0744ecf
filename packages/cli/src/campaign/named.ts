import type { Output } from "../output/output.ts";
import { type Figures, reportText } from "./figures.ts";
import type { CampaignOrigin } from "./origin.ts";

/** A recipient in doubt as `status` names it. */
export interface Named {
  /** Place in the campaign, from 0. */
  readonly index: number;
  /** Absent when the file is gone. */
  readonly line?: number;
  readonly token?: string;
}

/** Shows where a campaign stands, and names every recipient in doubt. @param word what a line calls such a recipient */
export function tellStatus(
  output: Output,
  status: { readonly report: Figures; readonly origin?: CampaignOrigin; readonly inDoubt: readonly Named[] },
  word = "in doubt",
): void {
  if (output.json) {
    output.record(status);
    return;
  }
  output.line(reportText(status.report));
  for (const { index, line, token } of status.inDoubt) {
    const where = line === undefined ? `recipient ${index}` : `line ${line}  ${token}`;
    output.line(`${word}  ${where}`);
  }
}
