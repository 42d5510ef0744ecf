// A process of its own: an HTTP/2 server that accepts every push on 1,000 streams at once. On node:http2, whose mistakes
// are not this project's. Tells its parent the port and the authority to trust, and ends with it.
import { constants, createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { serverCertificate, testAuthority } from "@apnskit/testkit";

const { cert, key } = await serverCertificate();
const ca = (await testAuthority()).certificate;
const server = createSecureServer({ cert, key, settings: { maxConcurrentStreams: 1_000 } });
const accepted = { [constants.HTTP2_HEADER_STATUS]: 200 };
server.on("stream", (stream) => {
  stream.resume();
  stream.respond(accepted, { endStream: true });
});
server.listen(0, "127.0.0.1", () => process.send!({ port: (server.address() as AddressInfo).port, ca }));
process.on("disconnect", () => process.exit());
