import { defineCommand } from "../definition.ts";
import type { DoctorFlags } from "../doctor/doctor.ts";
import { wholeNumber } from "../options/parsers.ts";
import { CREDENTIAL_OPTIONS, TARGET_OPTIONS } from "../options/setting-options.ts";

export const doctor = defineCommand<DoctorFlags>({
  name: "doctor",
  summary: "find out why nothing arrives: credentials, clock, network, and the server's answer",
  details: `Sends one request that no user can see: to a made-up device token, or with --token an empty alert of the lowest
priority, which is not stored. Every finding comes with what to do about it.`,
  options: [
    {
      heading: "Checks",
      options: [
        { flags: "--token <token>", description: "a device token of the app (default: a made-up one)" },
        {
          flags: "--timeout <ms>",
          description: "time for each check of the network, in milliseconds",
          parse: wholeNumber(1, 600_000),
          default: 5_000,
        },
      ],
    },
    CREDENTIAL_OPTIONS,
    TARGET_OPTIONS,
  ],
  examples: [
    { line: "apnskit doctor --profile production", does: "everything, for a profile" },
    { line: "apnskit doctor --target mock", does: "against a mock server, which is started if none runs" },
  ],
  run: async (invocation) => (await import("../doctor/doctor.ts")).doctor(invocation),
});
