import { ProviderTokenRejected } from "../errors.ts";

/**
 * How far this machine's clock is ahead of the server's, in milliseconds (negative: behind).
 *
 * @param date the answer's `date` header (RFC 9110 §6.6.1), exact to the second
 */
export function clockSkew(epoch: number, date: string | undefined): number | undefined {
  const server = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(server) ? undefined : epoch - server;
}

/** The error for a token that was rejected although it was new. */
export function rejectedAgain(epoch: number, date: string | undefined): ProviderTokenRejected {
  const skew = clockSkew(epoch, date);
  const found = "APNs calls the provider token expired, and renewing it did not help";
  const here = new Date(epoch).toISOString();
  if (skew === undefined) {
    return new ProviderTokenRejected(`${found}: probably this machine's clock is wrong (it says ${here})`);
  }
  const minutes = Math.round(Math.abs(skew) / 60_000);
  const verdict =
    minutes === 0
      ? "this machine's clock agrees with the server's, so the cause is another"
      : `this machine's clock is ${minutes} min ${skew > 0 ? "ahead of" : "behind"} the server's (it says ${here})`;
  return new ProviderTokenRejected(`${found}: ${verdict}`, skew);
}
