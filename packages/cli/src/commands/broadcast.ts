import type { BroadcastFlags } from "../broadcast.ts";
import { defineCommand } from "../definition.ts";
import { BROADCAST_OPTIONS } from "../options/notification-options.ts";
import { wholeNumber } from "../options/parsers.ts";
import { CREDENTIAL_OPTIONS, TARGET_OPTIONS } from "../options/setting-options.ts";

export const broadcast = defineCommand<BroadcastFlags>({
  name: "broadcast",
  summary: "publish an update or the end of a Live Activity to a channel",
  arguments: [{ name: "<channel>", description: "the channel's id" }],
  options: [
    ...BROADCAST_OPTIONS,
    CREDENTIAL_OPTIONS,
    TARGET_OPTIONS,
    {
      heading: "Sending",
      options: [
        {
          flags: "--timeout <ms>",
          description: "time for the request, retries included, in milliseconds",
          parse: wholeNumber(1, 3_600_000),
          default: 10_000,
        },
      ],
    },
  ],
  examples: [{ line: "apnskit broadcast $CHANNEL --event update --state score.json", does: "a new score" }],
  run: async (invocation) => (await import("../broadcast.ts")).broadcast(invocation),
});
