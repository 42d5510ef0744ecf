import type { ChannelFlags } from "../channels.ts";
import { type CommandDefinition, defineCommand, type OptionGroup } from "../definition.ts";
import { wholeNumber } from "../options/parsers.ts";
import { CREDENTIAL_OPTIONS, TARGET_OPTIONS } from "../options/setting-options.ts";

const OPTIONS: readonly OptionGroup[] = [
  CREDENTIAL_OPTIONS,
  TARGET_OPTIONS,
  {
    heading: "Channels",
    options: [
      { flags: "--management-origin <origin>", description: "where channels are managed, if not at Apple" },
      {
        flags: "--timeout <ms>",
        description: "time for the request, retries included, in milliseconds",
        parse: wholeNumber(1, 3_600_000),
        default: 10_000,
      },
    ],
  },
];

const ID = { name: "<channel>", description: "the channel's id" };

type Action = "list" | "create" | "read" | "delete";

function subcommand(
  name: Action,
  summary: string,
  more: Partial<CommandDefinition<ChannelFlags>> = {},
): CommandDefinition<never> {
  return defineCommand<ChannelFlags>({
    name,
    summary,
    options: OPTIONS,
    run: async (invocation) => (await import("../channels.ts")).channels(name, invocation),
    ...more,
  });
}

export const channels = defineCommand({
  name: "channels",
  summary: "manage the broadcast channels of an app",
  subcommands: [
    subcommand("list", "list the ids of all channels"),
    subcommand("create", "create a channel and print its id", {
      options: [
        {
          heading: "Channel",
          options: [
            {
              flags: "--storage <what>",
              description: "what APNs keeps for devices that are offline; it cannot be changed later",
              choices: ["none", "newest"],
              default: "none",
            },
          ],
        },
        ...OPTIONS,
      ],
    }),
    subcommand("read", "show what a channel keeps", { arguments: [ID] }),
    subcommand("delete", "delete a channel for good", { arguments: [ID] }),
  ],
  examples: [{ line: "apnskit channels create --storage newest --target sandbox", does: "a new channel" }],
});
