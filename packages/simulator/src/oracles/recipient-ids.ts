import { apnsIdFor, campaignCollapseId } from "@apnskit/campaign";

/** Identifiers of a campaign's recipients, by index. */
export interface RecipientIds {
  readonly apns: readonly string[];
  readonly collapse: readonly string[];
}

interface Known {
  readonly apns: string[];
  readonly collapse: string[];
}

/**
 * By the campaign's name, of which all runs together have few: the identifiers are hashes, and slow to make.
 */
const known = new Map<string, Known>();

/** The identifiers of at least the first `count` recipients of a campaign. */
export function recipientIds(name: string, count: number): RecipientIds {
  const ids = known.get(name) ?? { apns: [], collapse: [] };
  known.set(name, ids);
  for (let index = ids.apns.length; index < count; index++) {
    ids.apns.push(apnsIdFor(name, index));
    ids.collapse.push(campaignCollapseId(name, index));
  }
  return ids;
}
