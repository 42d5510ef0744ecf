import type { Lag } from "./lag.ts";
import type { Push } from "./push.ts";
import type { PushService } from "./push-service.ts";
import { keyOf } from "./repetitions.ts";

/** Remembers what a client sends again for certain: what came behind the fault that it was told. */
export function rememberBehind(service: PushService, lag: Lag | undefined, behind: readonly Push[]): void {
  const { repetitions, overlaps } = service;
  repetitions.remember(behind);
  if (lag !== undefined) for (const push of behind) overlaps.drop(keyOf(push), push.fate);
}

/** Remembers what a client may send again after a cut. @param pushes those without a note may be among them */
export function rememberCut(service: PushService, lag: Lag | undefined, pushes: readonly Push[]): void {
  const { repetitions, overlaps, limits } = service;
  if (!limits.absorbAfterReset) return;
  const noted = lag === undefined ? [] : overlaps.takeOf(lag);
  const fates = new Set(noted.map(({ fate }) => fate));
  for (const { key, fate } of noted) repetitions.rememberFate(key, fate);
  repetitions.remember(pushes.filter(({ fate }) => !fates.has(fate)));
}
