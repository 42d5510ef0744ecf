/** The sink as a separate process: it takes its options from the first message and replies with its port. */

import type { SinkMessage, SinkOptions } from "./messages.ts";
import { createSecureServer } from "./server.ts";

const reply = (message: SinkMessage) => process.send?.(message);

process.once("message", (options: SinkOptions) => {
  const sink = createSecureServer(options);
  sink.listen((port) => reply({ type: "listening", port }));
  process.on("message", () => reply({ type: "statistics", ...sink.statistics() }));
});
process.once("disconnect", () => process.exit());
