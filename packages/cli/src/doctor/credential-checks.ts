import type { Auth } from "apnskit";
import { asFailure, type CommandFailure } from "../failure.ts";
import { readAuth } from "../settings/credentials.ts";
import type { Settings } from "../settings/settings.ts";
import type { Target } from "../settings/target.ts";
import type { Findings } from "./finding.ts";

/** A certificate with fewer days left causes a warning. */
const FEW_DAYS = 30;
const DAY = 24 * 60 * 60_000;

/** Reads the credentials and describes them; returns `undefined` if they are unusable. */
export async function checkCredentials(settings: Settings, findings: Findings): Promise<Auth | undefined> {
  const check = settings.credentials?.kind === "certificate" ? "certificate" : "key";
  let auth: Auth;
  try {
    auth = await readAuth(settings.credentials);
  } catch (error) {
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    findings.add({
      check,
      status: "failed",
      detail: failure.message,
      remedy: REMEDY[check],
      exitCode: failure.exitCode,
    });
    return undefined;
  }
  if (auth.kind === "provider-token") {
    const { credentials } = settings;
    const source = credentials?.kind === "key" ? credentials.key.source : "";
    const detail = `P-256, key ${auth.keyId}, team ${auth.teamId} (from ${source})`;
    findings.add({ check, status: "ok", detail });
    return auth;
  }
  const days = Math.floor((auth.notAfter.getTime() - Date.now()) / DAY);
  const scope = auth.environments.length > 0 ? auth.environments.join(" and ") : "any environment";
  const detail = `${auth.commonName ?? auth.serialNumber}, for ${scope}, ${days} days left, its key fits`;
  if (days >= FEW_DAYS) findings.add({ check, status: "ok", detail });
  else
    findings.add({
      check,
      status: "warning",
      detail,
      remedy: "Renew the certificate on Apple's developer site.",
    });
  return auth;
}

const REMEDY = {
  key: "Give the .p8 file from Apple's developer site with --key-file, --key-id and --team-id.",
  certificate: "Export certificate and private key together, as .p12 or PEM.",
};

/**
 * Checks that a certificate is for the target and topic; a key does not say. Returns whether it is usable.
 */
export function checkScope(
  auth: Auth,
  target: Target,
  topic: string | undefined,
  findings: Findings,
): boolean {
  if (auth.kind === "provider-token") return true;
  const test = (check: string, assert: () => void, ok: string, remedy: string): boolean => {
    try {
      assert();
      findings.add({ check, status: "ok", detail: ok });
      return true;
    } catch (error) {
      const failure: CommandFailure | undefined = asFailure(error);
      if (failure === undefined) throw error;
      findings.add({ check, status: "failed", detail: failure.message, remedy, exitCode: failure.exitCode });
      return false;
    }
  };
  const environment = test(
    "environment",
    () => auth.assertEnvironment(target.environment),
    `the certificate is for ${target.environment}`,
    "Use the certificate of this environment, or change --target.",
  );
  if (topic === undefined) return environment;
  const topics = auth.topics.map((one) => one.topic).join(", ");
  const allowed = test(
    "topic",
    () => auth.assertAllows(topic, "alert"),
    `${topic}, which the certificate is for`,
    `Use a topic of the certificate: ${topics}.`,
  );
  return environment && allowed;
}

/** Reports the topic and its source. */
export function checkTopic(
  settings: Settings,
  auth: Auth | undefined,
  findings: Findings,
): string | undefined {
  const { topic } = settings;
  const usual = auth?.kind === "certificate" ? auth.defaultTopic : undefined;
  if (topic === undefined && usual === undefined) {
    const remedy = "Give the app's bundle identifier with --topic.";
    findings.add({ check: "topic", status: "warning", detail: "none", remedy });
    return undefined;
  }
  const value = topic?.value ?? usual!;
  if (!/^[\x21-\x7e]+$/.test(value)) {
    const detail = `${topic!.source}: a topic is visible ASCII characters`;
    findings.add({
      check: "topic",
      status: "failed",
      detail,
      remedy: "Give the bundle identifier.",
      exitCode: 2,
    });
    return undefined;
  }
  // The certificate's own check names the topic again, with its verdict.
  if (auth?.kind !== "certificate") {
    findings.add({ check: "topic", status: "ok", detail: `${value} (from ${topic!.source})` });
  }
  return value;
}
