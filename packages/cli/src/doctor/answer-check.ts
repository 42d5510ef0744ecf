import { ExitCode } from "../exit-codes.ts";
import { remedyOf } from "../reasons/remedies.ts";
import type { Finding } from "./finding.ts";

/** The answer to the doctor's request, and what was known before. */
export interface Answer {
  readonly status: number;
  readonly reason: string | undefined;
  /** Of `reason`, from the client's table. */
  readonly meaning: string;
  /** Whether credentials are at fault, from the client's table. */
  readonly credentialsAtFault: boolean;
  /** Whether the device token was made up. */
  readonly madeUp: boolean;
  /** Whether the request had credentials. */
  readonly withCredentials: boolean;
  /** Whether the request had a topic. */
  readonly withTopic: boolean;
}

/** Explains what an answer means for the settings. */
export function answerFinding(answer: Answer): Finding {
  const { status, reason, meaning, madeUp, withCredentials, withTopic } = answer;
  const check = "answer";
  const name = reason ?? `HTTP ${status}`;
  if (!withCredentials) {
    const detail = `${status} ${name}: the server answers; the credentials could not be tried`;
    return { check, status: "skipped", detail };
  }
  if (status >= 200 && status < 300) {
    const detail = madeUp
      ? `${status}: key, team, topic and environment are right (this server takes made-up device tokens)`
      : `${status}: accepted; key, team, topic, environment and device token are right`;
    return { check, status: "ok", detail };
  }
  if (reason === "BadDeviceToken" && madeUp) {
    return {
      check,
      status: "ok",
      detail: `${status} ${name} for a made-up device token: key, team, topic and environment are right`,
    };
  }
  if ((reason === "Unregistered" || reason === "ExpiredToken") && !madeUp) {
    const detail = `${status} ${name}: key, team, topic and environment are right, but ${meaning}`;
    return { check, status: "failed", detail, remedy: remedyOf(name, status), exitCode: ExitCode.rejected };
  }
  if (reason === "MissingTopic" && !withTopic) {
    return {
      check,
      status: "warning",
      detail: `${status} ${name}: the credentials are right as far as they can be tried without a topic`,
      remedy: remedyOf(name, status),
    };
  }
  const exitCode = answer.credentialsAtFault ? ExitCode.credentials : ExitCode.rejected;
  return {
    check,
    status: "failed",
    detail: `${status} ${name}: ${meaning}`,
    remedy: remedyOf(name, status),
    exitCode,
  };
}
