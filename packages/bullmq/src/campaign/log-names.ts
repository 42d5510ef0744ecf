/** The log that holds a campaign's plan, and whether it is cancelled. */
export function planLogOf(campaign: string): string {
  return `campaign:${campaign}`;
}

/** The log that has the recipients of one range, of a campaign that keeps them in the store. */
export function recipientsLogOf(campaign: string, range: number): string {
  return `campaign:${campaign}:recipients:${range}`;
}

/** The log of one range. */
export function logNameOf(campaign: string, range: number): string {
  return `campaign:${campaign}:${range}`;
}
