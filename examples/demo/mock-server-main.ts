/** The mock server's own process: tells its parent where it listens, and ends with it. */
import { once } from "node:events";
import { MockApns } from "@apnskit/mock-server";
import type { Server } from "./credentials.ts";

// Ctrl-C reaches every process of a terminal, but the parent still waits for answers then.
process.on("SIGINT", () => {});
// However the parent ends, this channel closes with it, perhaps before the server is up.
const parentGone = once(process, "disconnect");

const mock = await MockApns.start({
  // Notifications of many apps and of every push type over the same connections: no real certificate allows that.
  auth: "anything",
  // Nobody asks what was received, so nothing needs to be remembered.
  ledger: { capacity: 0, payloads: false },
  // About what a service sees that prunes its device tokens now and then.
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
