import type { PostResult } from "@apnskit/pool";

/**
 * Compares the client's outcome of each notification with the number of its arrivals at the server, by
 * `apns-id`.
 */
export class Account {
  readonly #results: PostResult[] = [];

  add(result: PostResult): void {
    this.#results.push(result);
  }

  /**
   * The disagreements between client and server, each with the number of notifications concerned. Empty if
   * they agree.
   */
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
  // Without the caller's permission, the client must not resend a notification that may have arrived.
  if (times > 1 && !idempotent) return "arrived more than once";
  return undefined;
}
