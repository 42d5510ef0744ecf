import { Pool, type PoolOptions, type PostResult, type Request } from "@apnskit/pool";
import type { Running } from "./servers.ts";

/** The results of a number of requests. */
export interface Report {
  /** The number of answers per status. */
  readonly statuses: Record<number, number>;
  /** The number of requests without an answer, by error and `delivery`. */
  readonly errors: Record<string, number>;
  /** Attempts after the first. */
  readonly retries: number;
}

/** Sends requests through one pool. `onResult` receives each result. */
export async function sendAll(
  { origin, ca }: Pick<Running, "origin" | "ca">,
  requests: AsyncIterable<Request>,
  options: PoolOptions = {},
  onResult: (result: PostResult, pool: Pool) => void = () => {},
): Promise<Report> {
  await using pool = await Pool.open(origin, { ...options, tls: { ca, ...options.tls } });
  const statuses: Record<number, number> = {};
  const errors: Record<string, number> = {};
  for await (const result of pool.postAll(requests)) {
    const { response, error } = result;
    if (response !== undefined) {
      statuses[response.status] = (statuses[response.status] ?? 0) + 1;
    } else {
      const outcome = `${error.code} ${error.delivery}`;
      errors[outcome] = (errors[outcome] ?? 0) + 1;
    }
    onResult(result, pool);
  }
  return { statuses, errors, retries: pool.stats().retries };
}
