import type { Outcome, RejectedOutcome, UnsentOutcome } from "apnskit";
import { Status } from "../codec/status.ts";

/** The end of a notification, as its legacy client sees it. */
export type Verdict =
  /** APNs accepted it, or calls the token dead: the client hears nothing in both cases. */
  | { readonly state: "done" }
  /** It was refused and reached no device. `reason` is for logs. */
  | { readonly state: "refused"; readonly status: Status; readonly reason: string }
  /** It may have reached the device, so the gateway must not send it again. */
  | { readonly state: "doubtful"; readonly reason: string }
  /** It certainly did not reach APNs, and the gateway cannot send it now. */
  | { readonly state: "unsent" };

export const DONE: Verdict = Object.freeze({ state: "done" });
export const UNSENT: Verdict = Object.freeze({ state: "unsent" });

/** A refusal by the gateway itself or by APNs. */
export function refused(status: Status, reason: string): Verdict {
  return { state: "refused", status, reason };
}

const STATUSES: ReadonlyMap<string, Status> = new Map([
  ["BadDeviceToken", Status.invalidToken],
  ["DeviceTokenNotForTopic", Status.invalidToken],
  ["MissingDeviceToken", Status.missingDeviceToken],
  ["MissingTopic", Status.missingTopic],
  ["BadTopic", Status.missingTopic],
  ["TopicDisallowed", Status.missingTopic],
  ["PayloadEmpty", Status.missingPayload],
  ["PayloadTooLarge", Status.invalidPayloadSize],
]);

const GONE = 410;

/**
 * Whether a rejection goes to the feedback list instead of an error packet: 410 `Unregistered`,
 * `ExpiredToken`.
 */
export function isForFeedback(outcome: RejectedOutcome): boolean {
  return outcome.status === GONE;
}

/**
 * Translates an outcome of the client for a legacy client ("Binary Provider API"; the table is in the guide).
 */
export function verdictOf(outcome: Outcome): Verdict {
  switch (outcome.result) {
    case "accepted":
      return DONE;
    case "rejected": {
      if (isForFeedback(outcome)) return DONE;
      return refused(STATUSES.get(outcome.reason) ?? Status.processingError, outcome.reason);
    }
    case "unknown":
      return { state: "doubtful", reason: outcome.error.code };
    case "unsent":
      return verdictOfUnsent(outcome);
  }
}

/**
 * Mistakes in the notification, which no later attempt would cure, and the deadline. Other errors concern the
 * way to APNs.
 */
const FINAL: ReadonlyMap<string, Status> = new Map([
  ["ERR_APNS_TIMEOUT", Status.processingError],
  ["ERR_APNS_INVALID_NOTIFICATION", Status.processingError],
  ["ERR_APNS_INVALID_REQUEST", Status.processingError],
  ["ERR_APNS_REQUEST_TOO_LARGE", Status.processingError],
  ["ERR_APNS_INVALID_DEVICE_TOKEN", Status.invalidToken],
  ["ERR_APNS_CERTIFICATE_TOPIC", Status.missingTopic],
  ["ERR_APNS_CERTIFICATE_PUSH_TYPE", Status.missingTopic],
]);

function verdictOfUnsent({ error }: UnsentOutcome): Verdict {
  const status = FINAL.get(error.code);
  return status === undefined ? UNSENT : refused(status, error.code);
}
