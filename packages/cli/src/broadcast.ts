import type { Invocation } from "./definition.ts";
import { notificationFromFlags, stdinFlags } from "./notification/from-flags.ts";
import type { NotificationFlags } from "./options/notification-options.ts";
import type { SettingFlags } from "./options/setting-options.ts";
import { outcomeLine } from "./output/outcome-line.ts";
import { openClient } from "./settings/client.ts";
import { loadSettings } from "./settings/load.ts";

/** Options of `apnskit broadcast`. */
export interface BroadcastFlags extends NotificationFlags, SettingFlags {
  readonly timeout: number;
}

/** Runs `apnskit broadcast`. */
export async function broadcast(invocation: Invocation<BroadcastFlags>): Promise<undefined> {
  const { options, output, env, args } = invocation;
  const settings = loadSettings(invocation, stdinFlags(options));
  const notification = await notificationFromFlags(
    { pushType: "liveactivity", ...options },
    Date.now(),
    true,
  );
  const { client } = await openClient(settings, env, { timeout: options.timeout });
  try {
    const outcome = await client.broadcast(args[0] as string, notification);
    output.result(outcome, () => outcomeLine(outcome, output.paint));
  } finally {
    await client.close();
  }
}
