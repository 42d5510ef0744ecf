import type { Outcome } from "apnskit";
import type { OutcomeCounts } from "./exit-codes.ts";
import { isCredentialCode } from "./failure.ts";

/** Counts outcomes, and those that credentials caused. */
export class OutcomeTally implements OutcomeCounts {
  accepted = 0;
  rejected = 0;
  credentials = 0;
  unsent = 0;
  unknown = 0;
  /** Rejections by reason, and errors by code. */
  readonly reasons = new Map<string, number>();

  add(outcome: Outcome): void {
    switch (outcome.result) {
      case "accepted":
        this.accepted++;
        return;
      case "rejected":
        this.rejected++;
        if (outcome.advice === "fix-credentials") this.credentials++;
        this.#note(outcome.reason);
        return;
      case "unsent":
        this.unsent++;
        if (isCredentialCode(outcome.error.code)) this.credentials++;
        this.#note(outcome.error.code);
        return;
      case "unknown":
        this.unknown++;
        this.#note(outcome.error.code);
    }
  }

  /** Counts an entry that the client never got, such as an invalid line. */
  addUnsent(code: string): void {
    this.unsent++;
    this.#note(code);
  }

  get total(): number {
    return this.accepted + this.rejected + this.unsent + this.unknown;
  }

  #note(reason: string): void {
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
  }
}
