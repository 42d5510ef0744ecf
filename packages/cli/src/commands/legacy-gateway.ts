import { defineCommand } from "../definition.ts";
import type { LegacyGatewayFlags } from "../legacy-gateway/run.ts";

export const legacyGateway = defineCommand<LegacyGatewayFlags>({
  name: "legacy-gateway",
  summary: "serve clients of Apple's switched-off binary protocol, over HTTP/2",
  details: `Listens as Apple's gateway did, for pushes and for feedback, and sends through APNs of today. The configuration file
names apps, certificates and ports; docs/guides/legacy.md describes it. Ctrl-C or SIGTERM stops it: each client learns
how far it came. Log lines go to stderr.`,
  options: [
    {
      heading: "Gateway",
      options: [
        { flags: "--config <file>", description: "the configuration, JSON", default: "gateway.json" },
        {
          flags: "--report",
          description: "print who still speaks the protocol, and with which command; start nothing",
        },
        { flags: "--verbose", description: "log each notification that was not accepted" },
      ],
    },
  ],
  examples: [
    { line: "apnskit legacy-gateway --config gateway.json", does: "run the gateway" },
    {
      line: "apnskit legacy-gateway --config gateway.json --report",
      does: "which clients are left to be migrated",
    },
  ],
  run: async (invocation) => (await import("../legacy-gateway/run.ts")).legacyGateway(invocation),
});
