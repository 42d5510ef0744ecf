import { defineCommand } from "../definition.ts";

export const reasons = defineCommand({
  name: "reasons",
  summary: "what a reason of APNs means, and what to do about it",
  arguments: [{ name: "[reason]", description: "such as BadDeviceToken; left out, all are listed" }],
  examples: [{ line: "apnskit reasons BadDeviceToken", does: "what to do about a refused device token" }],
  run: async (invocation) => (await import("../reasons/list.ts")).reasons(invocation),
});
