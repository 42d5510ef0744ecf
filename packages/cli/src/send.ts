import { randomUUID } from "node:crypto";
import type { Notification } from "apnskit";
import type { Invocation } from "./definition.ts";
import { ExitCode, exitCodeOf } from "./exit-codes.ts";
import { asFailure, usage } from "./failure.ts";
import { Interrupts } from "./interrupts.ts";
import { explain, explanationText, sizeLimitOf } from "./notification/explain.ts";
import { notificationFromFlags, stdinFlags } from "./notification/from-flags.ts";
import type { NotificationFlags } from "./options/notification-options.ts";
import type { SettingFlags } from "./options/setting-options.ts";
import { OutcomeTally } from "./outcome-tally.ts";
import { outcomeLine } from "./output/outcome-line.ts";
import { openClient } from "./settings/client.ts";
import { readAuth, topicOf, withMockDefaults } from "./settings/credentials.ts";
import { loadSettings } from "./settings/load.ts";
import { originOf, readTarget } from "./settings/target.ts";

/** Options of `apnskit send`. */
export interface SendFlags extends NotificationFlags, SettingFlags {
  readonly timeout: number;
  readonly dryRun?: boolean;
  readonly explain?: boolean;
}

/** Runs `apnskit send`. */
export async function send(invocation: Invocation<SendFlags>): Promise<ExitCode> {
  const { options, output, env } = invocation;
  if (options.dryRun && options.explain) throw usage("--dry-run and --explain cannot both be given");
  const tokens = await checkTokens(invocation.args[0] as readonly string[]);
  if (options.id !== undefined && tokens.length > 1)
    throw usage("--id names one notification; give one token");
  const settings = withMockDefaults(loadSettings(invocation, stdinFlags(options)), env);
  const notification = await notificationFromFlags(options, Date.now());
  const shows = options.dryRun || options.explain;
  // Makes ids here if they are shown, so the shown id is the sent one.
  const each = tokens.map((token) => ({
    token,
    notification:
      shows && notification.id === undefined ? notification.with({ id: randomUUID() }) : notification,
  }));
  if (shows) {
    for (const one of each) await show(invocation, settings, one.token, one.notification);
    if (options.dryRun) return ExitCode.accepted;
  }

  const { client } = await openClient(settings, env, { timeout: options.timeout });
  const tally = new OutcomeTally();
  using interrupts = new Interrupts();
  try {
    const pairs = each.map(({ token, notification }) => [token, notification] as const);
    for await (const outcome of client.sendMany(pairs, { signal: interrupts.signal })) {
      tally.add(outcome);
      output.result(outcome, () => outcomeLine(outcome, output.paint));
    }
  } finally {
    await client.close();
  }
  return interrupts.happened ? ExitCode.interrupted : exitCodeOf(tally);
}

async function checkTokens(given: readonly string[]): Promise<string[]> {
  const { deviceToken } = await import("apnskit");
  return given.map((token, index) => {
    try {
      return deviceToken(token);
    } catch (error) {
      throw usage(`token ${index + 1}: ${(error as Error).message}`, { cause: error });
    }
  });
}

async function show(
  { options, output, env }: Invocation<SendFlags>,
  settings: ReturnType<typeof loadSettings>,
  token: string,
  notification: Notification,
): Promise<void> {
  const target = readTarget(settings, env);
  const { PUSH_TYPES } = await import("apnskit");
  // A dry run needs no credentials, but given ones are checked.
  const auth = settings.credentials === undefined ? undefined : await readAuth(settings.credentials);
  const topic = topicOf(settings) ?? (auth?.kind === "certificate" ? auth.defaultTopic : undefined);
  let headers: Readonly<Record<string, string>>;
  try {
    headers = notification.headersFor(topic);
  } catch (error) {
    throw asFailure(error) ?? error;
  }
  const explanation = explain(
    `${originOf(target)}/3/device/${token}`,
    headers,
    notification.body,
    sizeLimitOf(notification, PUSH_TYPES),
    auth?.kind === "certificate" ? "certificate" : "token",
    target.ca,
  );
  const toStderr = options.explain && !output.json;
  if (output.json) output.record({ request: { token, ...explanation } });
  else if (toStderr) output.note(`${explanationText(explanation)}\n`);
  else output.line(explanationText(explanation));
}
