import { defineCommand } from "../definition.ts";
import { NOTIFICATION_OPTIONS } from "../options/notification-options.ts";
import { TIMEOUT } from "../options/sending-options.ts";
import { CREDENTIAL_OPTIONS, TARGET_OPTIONS } from "../options/setting-options.ts";
import type { SendFlags } from "../send.ts";

export const send = defineCommand<SendFlags>({
  name: "send",
  summary: "send one notification to one or several devices",
  details: `Prints what became of each: accepted, rejected, unsent (it certainly never reached APNs) or unknown (it may have).
All device tokens and options are checked before anything is sent.`,
  arguments: [{ name: "<token...>", description: "device tokens, hexadecimal" }],
  options: [
    ...NOTIFICATION_OPTIONS,
    CREDENTIAL_OPTIONS,
    TARGET_OPTIONS,
    {
      heading: "Sending",
      options: [
        TIMEOUT,
        { flags: "--dry-run", description: "show the requests, and send nothing" },
        { flags: "--explain", description: "show the requests, and send them" },
      ],
    },
  ],
  examples: [
    {
      line: "apnskit send $TOKEN --title Hello --body World --target sandbox --topic com.example.app",
      does: "an alert; key, key id and team id come from the environment or a profile",
    },
    {
      line: "apnskit send $TOKEN --push-type background --data order:=7 --dry-run",
      does: "what a background push would look like, with a curl line",
    },
    {
      line: "apnskit send $TOKEN --event update --state state.json",
      does: "the new state of a Live Activity",
    },
  ],
  run: async (invocation) => (await import("../send.ts")).send(invocation),
});
