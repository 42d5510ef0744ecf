import { ProviderTokenRejected } from "../errors.ts";
import { LONGEST_TOKEN_LIFE } from "./token-lifecycle.ts";

/** `date` headers are exact to the second, and an answer takes time: a smaller skew does not count. */
const NOTABLE = 60_000;

/**
 * How far this machine's clock is ahead of the server's, in milliseconds (negative: behind).
 *
 * @param date the answer's `date` header (RFC 9110 §6.6.1), exact to the second
 */
export function clockSkew(epoch: number, date: string | undefined): number | undefined {
  const server = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(server) ? undefined : epoch - server;
}

/** The error for a new token that the server called expired. */
export function rejectedAgain(epoch: number, date: string | undefined): ProviderTokenRejected {
  const found = "APNs calls the provider token expired, and renewing it did not help";
  const skew = clockSkew(epoch, date);
  if (skew === undefined) {
    const here = new Date(epoch).toISOString();
    return new ProviderTokenRejected(`${found}: probably this machine's clock is wrong (it says ${here})`);
  }
  if (Math.abs(skew) < NOTABLE / 2) {
    const agrees = "this machine's clock agrees with the server's, so the cause is another";
    return new ProviderTokenRejected(`${found}: ${agrees}`, skew);
  }
  return new ProviderTokenRejected(`${found}: ${named(skew, epoch)}`, skew);
}

/**
 * Whether APNs calls a token invalid because of its date. It does so if the token is dated more than an hour
 * ahead; a token dated more than an hour back counts as expired.
 *
 * @param server the server's time, milliseconds since 1970
 */
export function isDatedAhead(issuedAt: number, server: number): boolean {
  return issuedAt - server > LONGEST_TOKEN_LIFE - NOTABLE;
}

/** The error for a token that is invalid because this machine's clock is ahead. */
export function clockAhead(epoch: number, skew: number): ProviderTokenRejected {
  const found = "APNs calls the provider token invalid, since it is dated in the future";
  return new ProviderTokenRejected(`${found}: ${named(skew, epoch)}`, skew);
}

function named(skew: number, epoch: number): string {
  const minutes = Math.round(Math.abs(skew) / 60_000);
  const side = skew > 0 ? "ahead of" : "behind";
  return `this machine's clock is ${minutes} min ${side} the server's (it says ${new Date(epoch).toISOString()})`;
}
