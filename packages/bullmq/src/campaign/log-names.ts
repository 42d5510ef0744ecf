/** The log with a campaign's plan and its cancellation. */
export function planLogOf(campaign: string): string {
  return `campaign:${campaign}`;
}

/** The log with the recipients of one range, if the store keeps them. */
export function recipientsLogOf(campaign: string, range: number): string {
  return `campaign:${campaign}:recipients:${range}`;
}

/** The log with the records of one range. */
export function logNameOf(campaign: string, range: number): string {
  return `campaign:${campaign}:${range}`;
}
