import type { FencedLogs } from "../log/fenced-log.ts";
import type { ProviderTokenStore } from "../provider-token/token-store.ts";
import type { RateStore } from "../rate/rate-store.ts";

/** The store that workers on many machines share. */
export interface SharedStore extends AsyncDisposable {
  readonly kind: "redis" | "postgres";
  /** For `SharedProviderToken`. */
  readonly tokens: ProviderTokenStore;
  /** For `SharedRateLimit`. */
  readonly rates: RateStore;
  /** @internal For the checkpoints of campaigns. */
  readonly logs: FencedLogs;
  /** Resolves when the server has answered; it waits without a limit. */
  ready(): Promise<void>;
  close(): Promise<void>;
}
