/** The process of the mock server. It sends its address to its parent, and ends with it. */
import { once } from "node:events";
import { MockApns } from "@apnskit/mock-server";
import type { Server } from "./credentials.ts";

// Ignores Ctrl-C, which reaches every process of a terminal, because the parent still waits for answers.
process.on("SIGINT", () => {});
// This channel closes when the parent ends for any reason, perhaps before the server listens.
const parentGone = once(process, "disconnect");

const mock = await MockApns.start({
  // The demo sends notifications of many apps and of every push type over one set of connections. No real
  // certificate allows that.
  auth: "anything",
  // The demo does not read the ledger, so the server need not keep requests.
  ledger: { capacity: 0, payloads: false },
  // Typical rates for a service that prunes its device tokens now and then.
  faults: [
    { kind: "answer", reason: "Unregistered", share: 0.012 },
    { kind: "answer", reason: "BadDeviceToken", share: 0.002 },
    { kind: "answer", reason: "TooManyRequests", share: 0.003 },
    { kind: "reset", code: "REFUSED_STREAM", share: 0.001 },
  ],
});
const server: Server = { origin: mock.origin, ...mock.clientOptions.tls };
if (process.connected) {
  process.send!(server);
  await parentGone;
}
await mock.close();
