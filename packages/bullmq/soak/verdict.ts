import { apnsIdFor, campaignCollapseId, type InDoubtPolicy, type IndexRange } from "@apnskit/campaign";
import type { CampaignReport } from "../src/index.ts";

/** How often the server acted, by id. */
export interface Acted {
  byApnsId(id: string): number;
  byCollapseId(id: string): number;
  /** Different ids that were acted on, and all acts. */
  readonly total: number;
}

export interface Verdict {
  /** Recipients for whom the server never acted, although their device is registered, and whom the report does not name. */
  readonly lost: number;
  /** Recipients who were acted on more than once. */
  readonly doubled: number;
  /** The first differences, at most 20. */
  readonly differences: readonly string[];
  readonly differenceCount: number;
}

/** Compares a report with what the server did. */
export function judge(
  report: CampaignReport,
  acted: Acted,
  policy: InDoubtPolicy,
  isRegistered: (index: number) => boolean,
): Verdict {
  const differences: string[] = [];
  let differenceCount = 0;
  const differ = (text: string): void => {
    if (++differenceCount <= 20) differences.push(text);
  };
  const { name, count } = report;
  if (report.state !== "finished") differ(`the campaign is ${report.state}`);
  const ends = report.accepted + report.rejected + report.unsent + report.unknown + report.inDoubt;
  if (ends + report.pending !== count)
    differ(`${ends + report.pending} of ${count} recipients are accounted for`);
  const unsent = membership(report.unsentRecipients, count);
  const named = membership(
    [...report.inDoubtRecipients, ...report.unknownRecipients, ...report.unsentRecipients],
    count,
  );
  const resent = membership(report.resentRecipients, count);
  let [lost, doubled, once, all] = [0, 0, 0, 0];
  for (let index = 0; index < count; index++) {
    const times = acted.byApnsId(apnsIdFor(name, index));
    all += times;
    if (times !== acted.byCollapseId(campaignCollapseId(name, index))) differ(`${index} has several ids`);
    if (times > 0) once++;
    if (times > 1) {
      doubled++;
      if (policy !== "resend") differ(`${index} was acted on ${times} times under the policy ${policy}`);
      else if (!resent[index]) differ(`${index} was acted on ${times} times and was not named as in doubt`);
    }
    if (times === 0 && isRegistered(index) && !named[index]) {
      lost++;
      differ(`${index} was never acted on and is not named`);
    }
    // Of those sent again, the first push may have been acted on.
    if (times > 0 && unsent[index] && !resent[index])
      differ(`${index} is reported as unsent, and was acted on`);
    if (times > 0 && !isRegistered(index)) differ(`${index} was acted on although it is not registered`);
  }
  if (all !== acted.total) differ(`${acted.total - all} acts belong to no recipient`);
  // Every acceptance is an act; an act without an acceptance is of someone in doubt.
  if (report.accepted > once) differ(`${report.accepted} are reported as accepted, ${once} were acted on`);
  if (once - report.accepted > report.inDoubt + report.unknown)
    differ(`${once - report.accepted} acts are not reported`);
  return { lost, doubled, differences, differenceCount };
}

function membership(ranges: readonly IndexRange[], count: number): Uint8Array {
  const members = new Uint8Array(count);
  for (const { from, to } of ranges) members.fill(1, from, to);
  return members;
}
