import type { ApnsClient, ApnsClientOptions } from "apnskit";
import { asFailure, CommandFailure, usage } from "../failure.ts";
import { readAuth, topicOf, withMockDefaults } from "./credentials.ts";
import type { Settings } from "./settings.ts";
import { originOf, readTarget, type Target } from "./target.ts";

/** Options of a client beside the settings. */
export interface ClientExtras {
  readonly size?: number;
  readonly timeout?: number;
  readonly managementOrigin?: string;
  /** Reads the credentials, in place of {@link readAuth}. */
  readonly readAuth?: typeof readAuth;
}

/** An open client and its options. */
export interface OpenClient {
  readonly client: ApnsClient;
  readonly target: Target;
}

/** The client's options from the settings; finds every mistake in them. */
export async function clientOptions(
  given: Settings,
  env: NodeJS.ProcessEnv,
  extras: ClientExtras = {},
): Promise<{ options: ApnsClientOptions; target: Target }> {
  const target = readTarget(given, env);
  const settings = withMockDefaults(given, env);
  const auth = await (extras.readAuth ?? readAuth)(settings.credentials);
  const topic = topicOf(settings);
  const { ca, environment, origin, managementOrigin } = target;
  const management = extras.managementOrigin ?? managementOrigin;
  const options: ApnsClientOptions = {
    environment,
    auth,
    ...(origin !== undefined && { origin }),
    ...(management !== undefined && { managementOrigin: management }),
    ...(topic !== undefined && { topic }),
    ...(ca !== undefined && { tls: { ca } }),
    ...(settings.proxy !== undefined && { proxy: settings.proxy.value }),
    ...(extras.size !== undefined && { size: extras.size }),
    ...(extras.timeout !== undefined && { timeout: extras.timeout }),
  };
  return { options, target };
}

/**
 * Opens a client; a connection error names the target.
 *
 * @throws CommandFailure
 */
export async function openClient(
  settings: Settings,
  env: NodeJS.ProcessEnv,
  extras?: ClientExtras,
): Promise<OpenClient> {
  const { options, target } = await clientOptions(settings, env, extras);
  const { ApnsClient } = await import("apnskit");
  try {
    return { client: await ApnsClient.open(options), target };
  } catch (error) {
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    if (settings.proxy !== undefined && /^proxy\b/.test(failure.message)) {
      throw usage(`${settings.proxy.source}: ${failure.message}`, { cause: error });
    }
    const hint = target.name.startsWith("mock")
      ? "; start one with apnskit mock"
      : "; apnskit doctor finds out why";
    const { exitCode, message } = failure;
    throw new CommandFailure(exitCode, `${originOf(target)}: ${message}${exitCode === 3 ? hint : ""}`, {
      cause: error,
    });
  }
}
