import { received } from "@apnskit/connection/internal";
import { type Clock, InvalidOption, systemClock, type Timer } from "@apnskit/pool";
import type { Certificate } from "./certificate.ts";

const DAY = 24 * 60 * 60_000;

/** A certificate expires soon, or has expired. */
export interface CertificateExpiry {
  /** `expiring`: less than `warnBefore` remains. `expired`: it is no longer valid. */
  readonly type: "expiring" | "expired";
  /** The certificate that was watched. */
  readonly certificate: Certificate;
  /** Last moment of its validity. */
  readonly notAfter: Date;
  /** Milliseconds left; 0 once it has expired. */
  readonly remaining: number;
}

/** When {@link watchExpiry} warns, and which function it calls. */
export interface ExpiryWatchOptions {
  /** How long before the expiry to warn, in milliseconds; 30 days by default. */
  readonly warnBefore?: number;
  /** Called at most once for each `type`, perhaps before `watchExpiry` returns. */
  readonly onExpiry: (event: CertificateExpiry) => void;
  /** Wall clock and timers; the machine's by default. */
  readonly clock?: Clock;
}

/** @throws InvalidOption for a value that is not a number from 0 on */
export function checkWarnBefore(warnBefore: unknown): void {
  if (typeof warnBefore === "number" && warnBefore >= 0) return;
  const rule = "warnBefore must be milliseconds from 0 on";
  throw new InvalidOption("warnBefore", `${rule}${received(warnBefore)}`);
}

export type ExpiryPhase = "valid" | "expiring" | "expired";

/** The phase at a wall-clock time, and how many milliseconds later it ends. */
export function expiryPhase(
  notAfter: number,
  warnBefore: number,
  epoch: number,
): { phase: ExpiryPhase; lasts: number } {
  if (epoch >= notAfter) return { phase: "expired", lasts: Number.POSITIVE_INFINITY };
  if (epoch >= notAfter - warnBefore) return { phase: "expiring", lasts: notAfter - epoch };
  return { phase: "valid", lasts: notAfter - warnBefore - epoch };
}

/**
 * Reports once when less than `warnBefore` of a certificate's validity is left (immediately if it is already
 * so), and once when it has expired. It checks the wall clock at least daily, which notices a changed clock
 * or a machine that slept. It never keeps the process alive.
 *
 * @throws InvalidOption for a `warnBefore` that is not a number from 0 on
 */
export function watchExpiry(
  certificate: Certificate,
  options: ExpiryWatchOptions,
): {
  /** Ends the watch: `onExpiry` is not called again. */
  stop(): void;
} {
  const { warnBefore = 30 * DAY, onExpiry, clock = systemClock } = options;
  checkWarnBefore(warnBefore);
  const { notAfter } = certificate;
  let reported: ExpiryPhase = "valid";
  let timer: Timer | undefined;
  const look = () => {
    const epoch = clock.epoch();
    const { phase, lasts } = expiryPhase(notAfter.getTime(), warnBefore, epoch);
    if (phase !== "expired") {
      timer = clock.setTimer(look, Math.min(lasts, DAY));
      timer.unref();
    }
    if (phase === "valid" || phase === reported) return;
    reported = phase;
    onExpiry({ type: phase, certificate, notAfter, remaining: Math.max(0, notAfter.getTime() - epoch) });
  };
  look();
  return { stop: () => timer?.cancel() };
}
