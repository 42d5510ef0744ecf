import type { Invocation } from "./definition.ts";
import { usage } from "./failure.ts";
import type { SettingFlags } from "./options/setting-options.ts";
import { openClient } from "./settings/client.ts";
import { loadSettings } from "./settings/load.ts";
import { readTarget } from "./settings/target.ts";

/** Options of `apnskit channels`. */
export interface ChannelFlags extends SettingFlags {
  readonly managementOrigin?: string;
  readonly timeout: number;
  readonly storage?: "none" | "newest";
}

/** Runs `apnskit channels list`, `create`, `read` or `delete`. */
export async function channels(
  action: "list" | "create" | "read" | "delete",
  invocation: Invocation<ChannelFlags>,
): Promise<undefined> {
  const { options, output, env, args } = invocation;
  const { timeout, managementOrigin, storage } = options;
  const settings = loadSettings(invocation);
  const target = readTarget(settings, env);
  if (target.origin !== undefined && (managementOrigin ?? target.managementOrigin) === undefined) {
    throw usage(`${target.name} does not say where its channels are managed; give --management-origin`);
  }
  const extras = { timeout, ...(managementOrigin !== undefined && { managementOrigin }) };
  const { client } = await openClient(settings, env, extras);
  const id = args[0] as string;
  try {
    switch (action) {
      case "list":
        for (const each of await client.channels.list()) output.result({ id: each }, () => each);
        return;
      case "create": {
        const made = await client.channels.create(storage === undefined ? {} : { storage });
        output.result(made, () => made.id);
        return;
      }
      case "read": {
        const found = await client.channels.read(id);
        output.result(found, () => `${found.id}  storage ${found.storage}`);
        return;
      }
      case "delete":
        await client.channels.delete(id);
        output.result({ id, deleted: true }, () => `${id}  deleted`);
    }
  } finally {
    await client.close();
  }
}
