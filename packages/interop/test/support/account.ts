import type { PostResult } from "@apnskit/pool";

/** Compares what the client says about each notification with how often the server has had it, by `apns-id`. */
export class Account {
  readonly #results: PostResult[] = [];

  add(result: PostResult): void {
    this.#results.push(result);
  }

  /** Every way in which the two can disagree, with the number of notifications for which they do; empty if nowhere. */
  disagreements(received: ReadonlyMap<string, number>): Record<string, number> {
    const found: Record<string, number> = {};
    for (const { request, response, error } of this.#results) {
      const times = received.get(request.header("apns-id") ?? "") ?? 0;
      const claim = response === undefined ? error.delivery : response.ok ? "accepted" : "refused";
      const wrong = disagreement(claim, times, request.idempotent);
      if (wrong !== undefined) found[wrong] = (found[wrong] ?? 0) + 1;
    }
    return found;
  }
}

function disagreement(
  claim: "accepted" | "refused" | "unsent" | "unknown",
  times: number,
  idempotent: boolean,
): string | undefined {
  if (claim === "accepted" && times === 0) return "accepted, but never arrived";
  if (claim === "unsent" && times > 0) return "unsent, but arrived";
  // Only with the caller's leave is anything sent again of which it is not known whether it arrived.
  if (times > 1 && !idempotent) return "arrived more than once";
  return undefined;
}
