import { defineCommand } from "../definition.ts";
import { KEY_ONLY_OPTIONS } from "../options/setting-options.ts";
import type { TokenFlags } from "../provider-token.ts";

export const token = defineCommand<TokenFlags>({
  name: "token",
  summary: "print a provider token, or decode one",
  details: `The token is a secret: it lets its holder push to every app of the team for one hour. APNs wants a token to be used
for at least 20 minutes, so do not make one for each request.`,
  options: [
    {
      heading: "Token",
      options: [
        {
          flags: "--decode [file]",
          description: "show header, claims and age, of the token in a file (- reads stdin) or of a new one",
        },
      ],
    },
    KEY_ONLY_OPTIONS,
  ],
  examples: [
    { line: "TOKEN=$(apnskit token --profile production)", does: "a token for curl" },
    {
      line: 'echo "$TOKEN" | apnskit token --decode -',
      does: "how old a token is, and whether the key signed it",
    },
  ],
  run: async (invocation) => (await import("../provider-token.ts")).token(invocation),
});
