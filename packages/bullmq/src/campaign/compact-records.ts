import type { CheckpointRecord, End } from "@apnskit/campaign";
import type { CampaignState } from "@apnskit/campaign/internal";

const ACCEPTED = 2;
const ENDED = 3;

/**
 * The fewest records that describe a finished range completely.
 *
 * @param state after all of the records
 */
export function compacted(records: readonly CheckpointRecord[], state: CampaignState): CheckpointRecord[] {
  const before: CheckpointRecord[] = [];
  const after: CheckpointRecord[] = [];
  const ends = new Map<number, End>();
  for (const record of records) {
    switch (record.kind) {
      case "handed-out":
      case "accepted":
      case "returned":
        break;
      case "ended":
        for (const end of record.ends) ends.set(end.index, end);
        break;
      case "in-doubt":
        // Those that were sent again have an end, which follows.
        (record.action === "resend" ? before : after).push(record);
        break;
      case "finished":
        after.push(record);
        break;
      default:
        before.push(record);
    }
  }
  const left = [...ends.values()].filter(({ index }) => state.recipients.get(index) === ENDED);
  const runs = state.recipients.runs(ACCEPTED);
  return [
    ...before,
    ...(runs.length > 0 ? [{ kind: "accepted", runs } as const] : []),
    ...(left.length > 0 ? [{ kind: "ended", ends: left } as const] : []),
    ...after,
  ];
}

/** Whether a range's log says that the range is finished, without reading the whole log. */
export function isFinished(records: readonly string[]): boolean {
  return records.some((text) => text.startsWith('{"kind":"finished"'));
}
