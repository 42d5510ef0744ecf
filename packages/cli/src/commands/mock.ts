import { defineCommand } from "../definition.ts";

export const mock = defineCommand({
  name: "mock",
  summary: "run a mock APNs on this machine; --target mock finds it",
  details: `All options are those of apnskit-mock. Unless they say otherwise, device pushes go to port 2197, channel management to
port 2195, and its authority and provider key are kept in ~/.local/state/apnskit/mock, where --target mock finds them.`,
  arguments: [{ name: "[options...]", description: "options of apnskit-mock; --help lists them" }],
  passThrough: true,
  examples: [
    { line: "apnskit mock", does: "a server for --target mock" },
    { line: "apnskit mock --fault answer=ServiceUnavailable,share=0.1 --latency 20..80", does: "a bad day" },
  ],
  run: async (invocation) => (await import("../mock.ts")).mock(invocation),
});
