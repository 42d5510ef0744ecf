import { defineCommand } from "../definition.ts";
import { NOTIFICATION_OPTIONS } from "../options/notification-options.ts";
import type { SimulatorFlags } from "../simulator.ts";

/** Headers do not reach a simulator. */
const CONTENT = NOTIFICATION_OPTIONS.filter(({ heading }) => heading !== "Delivery");

export const simulator = defineCommand<SimulatorFlags>({
  name: "simulator",
  summary: "push to an app in Xcode's simulator, or write the file for it",
  details:
    "Runs xcrun simctl push. With --write, the file can be made on any machine and dropped onto a simulator.",
  arguments: [
    { name: "<device>", description: "the simulator's identifier or name, or booted" },
    { name: "<bundle>", description: "the app's bundle identifier" },
  ],
  options: [
    ...CONTENT,
    {
      heading: "Simulator",
      options: [
        { flags: "--write <file>", description: "write the .apns file instead of pushing; - is stdout" },
      ],
    },
  ],
  examples: [
    {
      line: "apnskit simulator booted com.example.app --title Hello",
      does: "an alert in the running simulator",
    },
    {
      line: "apnskit simulator booted com.example.app --title Hello --write hello.apns",
      does: "a file to drop",
    },
  ],
  run: async (invocation) => (await import("../simulator.ts")).simulator(invocation),
});
