import { randomBytes } from "node:crypto";
import { Connection, Request, type Response } from "@apnskit/pool";
import { type Auth, httpProxy, raw, reasonInfo } from "apnskit";
import { asFailure, oneLine } from "../failure.ts";
import { originOf, type Target } from "../settings/target.ts";
import { answerFinding } from "./answer-check.ts";
import { clockFinding } from "./clock-check.ts";
import type { Findings } from "./finding.ts";

/** The input of the doctor's own request. */
export interface Inquiry {
  readonly target: Target;
  readonly auth: Auth | undefined;
  readonly topic: string | undefined;
  /** A device token of the app, hexadecimal. If absent, the doctor makes one up. */
  readonly token: string | undefined;
  readonly proxy: string | undefined;
  readonly timeout: number;
}

/**
 * Sends one request and explains the answer. An empty alert shows nothing, the lowest priority does not wake
 * the device, and with expiration 0 the alert is not stored.
 */
export async function checkAnswer(inquiry: Inquiry, findings: Findings): Promise<void> {
  const { target, auth, timeout, proxy } = inquiry;
  const own = auth?.kind === "certificate" ? auth.tls : {};
  let response: Response;
  try {
    const connection = await Connection.open(originOf(target), {
      tls: { ...own, ...(target.ca !== undefined && { ca: target.ca }) },
      connectTimeout: timeout,
      ...(proxy !== undefined && { connect: httpProxy(proxy) }),
    });
    try {
      response = await connection.post(requestOf(inquiry));
    } finally {
      await connection.close();
    }
  } catch (error) {
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    const { reason } = error as { reason?: unknown };
    const why =
      typeof reason === "string" && reason !== ""
        ? `${failure.message} (${oneLine(reason)})`
        : failure.message;
    const remedy =
      failure.exitCode === 4
        ? "Check that the certificate was not revoked, and is one for APNs."
        : "Mend what failed above; if nothing did, try again.";
    findings.add({ check: "answer", status: "failed", detail: why, remedy, exitCode: failure.exitCode });
    return;
  }
  const { status, reason } = response;
  const { meaning, advice } = reasonInfo(status, reason);
  findings.add(clockFinding(response.header("date"), Date.now()));
  findings.add(
    answerFinding({
      status,
      reason,
      meaning,
      credentialsAtFault: advice === "fix-credentials" || advice === "new-token",
      madeUp: inquiry.token === undefined,
      withCredentials: auth !== undefined,
      withTopic: inquiry.topic !== undefined,
    }),
  );
}

function requestOf({ auth, topic, token, timeout }: Inquiry): Request {
  const notification = raw({ payload: { aps: {} }, pushType: "alert", priority: 1, expiration: 0 });
  const { "apns-topic": shown, ...rest } = notification.headersFor(topic ?? "none");
  const headers: Record<string, string> = { ...rest };
  if (topic !== undefined) headers["apns-topic"] = shown!;
  if (auth?.kind === "provider-token") headers.authorization = auth.current().authorization;
  const path = `/3/device/${token ?? randomBytes(32).toString("hex")}`;
  return Request.json(path, headers, notification.payload() as object, { timeout });
}
