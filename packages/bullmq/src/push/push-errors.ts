import { ApnskitError, type Outcome } from "apnskit";
import { UnrecoverableError } from "bullmq";

const PUSH_FAILED = Symbol.for("apnskit.error.PushFailed");

/** The data of a job is no push. */
export class InvalidPushJob extends ApnskitError {
  static {
    this.recogniseAs("InvalidPushJob");
  }

  override readonly name = "InvalidPushJob";
  readonly code = "ERR_APNS_INVALID_PUSH_JOB";
  /** Always `unsent`: nothing was sent. */
  readonly delivery = "unsent";
}

/**
 * A push that failed for good: BullMQ does not try its job again, regardless of `attempts`. BullMQ stores the message
 * with the job. It contains neither the device token nor the notification.
 */
export class PushFailed extends UnrecoverableError {
  static {
    Object.defineProperty(this.prototype, PUSH_FAILED, { value: true });
  }

  /** @internal Errors of another copy of this package are recognised, as those of `ApnskitError` are. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this !== PushFailed) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === "object" && value !== null && PUSH_FAILED in value;
  }

  readonly code = "ERR_APNS_PUSH_FAILED";
  /** The outcome of the push; absent if the job's data was invalid, as `cause` explains. */
  readonly outcome: Outcome | undefined;

  constructor(message: string, outcome: Outcome | undefined, cause?: unknown) {
    super(message);
    // BullMQ recognises it by this name, also if a process has two copies of BullMQ.
    this.name = "UnrecoverableError";
    this.outcome = outcome;
    if (cause !== undefined) this.cause = cause;
    Object.defineProperty(this, "outcome", { enumerable: false });
  }
}

/** A push that failed and may succeed later: BullMQ tries its job again by `attempts` and `backoff`. */
export class PushNotAccepted extends ApnskitError {
  static {
    this.recogniseAs("PushNotAccepted");
  }

  override readonly name = "PushNotAccepted";
  readonly code = "ERR_APNS_PUSH_NOT_ACCEPTED";
  /** The outcome of this attempt. */
  readonly outcome: Outcome;

  constructor(message: string, outcome: Outcome) {
    super(message);
    this.outcome = outcome;
    Object.defineProperty(this, "outcome", { enumerable: false });
  }
}

/** The reason of a job's aborted signal: this worker has lost its lock on the job, or may have lost it. */
export class LockLost extends ApnskitError {
  static {
    this.recogniseAs("LockLost");
  }

  override readonly name = "LockLost";
  readonly code = "ERR_APNS_LOCK_LOST";
}
