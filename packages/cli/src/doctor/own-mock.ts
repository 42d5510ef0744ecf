import type { CredentialSettings, Settings } from "../settings/settings.ts";
import { MOCK_PORT, MOCK_TOPIC, readTarget, type Target } from "../settings/target.ts";
import { dialDirectly } from "./network.ts";

/** A mock server in this process, and its settings. */
export interface OwnMock {
  readonly settings: Settings;
  readonly target: Target;
  close(): Promise<void>;
}

/** Whether the target is this machine's mock server, but none answers at its usual port. */
export async function isMockMissing(
  settings: Settings,
  env: NodeJS.ProcessEnv,
  timeout: number,
): Promise<boolean> {
  if (settings.target?.value !== "mock") return false;
  try {
    readTarget(settings, env);
    (await dialDirectly("localhost", MOCK_PORT, timeout)).destroy();
    return false;
  } catch {
    return true;
  }
}

/** Starts a mock server in this process. Credentials and topic of the settings stay unchanged. */
export async function startMock(given: Settings): Promise<OwnMock> {
  const { MockApns } = await import("@apnskit/mock-server");
  const server = await MockApns.start({ ledger: { capacity: 0, payloads: false } });
  const source = "the mock server";
  const { key, keyId, teamId } = server.key;
  const own: CredentialSettings = {
    kind: "key",
    key: { value: { from: "text", text: String(key) }, source },
    keyId: { value: keyId, source },
    teamId: { value: teamId, source },
  };
  return {
    settings: {
      ...given,
      topic: given.topic ?? { value: MOCK_TOPIC, source },
      credentials: given.credentials ?? own,
    },
    target: {
      name: `mock server at ${server.origin}`,
      environment: "sandbox",
      origin: server.origin,
      ca: server.ca,
    },
    close: () => server.close(),
  };
}
