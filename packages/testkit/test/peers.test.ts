import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { findProgram, Nghttpd, Nginx, PeerProcess } from "@apnskit/testkit/peers";
import { describe, expect, it } from "vitest";

/** POSTs a body to each path on one connection. Returns the statuses, and the server's stream limit. */
async function post(server: PeerProcess, paths: readonly string[]) {
  const session = connectHttp2(server.origin, { ca: server.ca });
  try {
    const [settings] = await once(session, "remoteSettings");
    const statuses = paths.map(async (path) => {
      const stream = session.request({ ":method": "POST", ":path": path });
      stream.end('{"aps":{}}');
      stream.resume();
      const [headers] = await once(stream, "response");
      return headers[":status"] as number;
    });
    return { statuses: await Promise.all(statuses), streams: settings.maxConcurrentStreams as number };
  } finally {
    session.destroy();
  }
}

async function refuses(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const refused = await new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(false)).once("error", () => resolve(true));
  });
  socket.destroy();
  return refused;
}

/** The reason beside a skipped test whose server is not installed. */
function skipped(server: { available(): ReturnType<typeof findProgram> }) {
  const program = server.available();
  return { skip: !program.installed, note: program.installed ? "" : ` (skipped: ${program.reason})` };
}

const nginx = skipped(Nginx);
const nghttpd = skipped(Nghttpd);

describe(`nginx${nginx.note}`, { skip: nginx.skip }, () => {
  it("answers every path with 200, with the given stream limit", async () => {
    await using server = await Nginx.start({ streams: 7 });
    expect(await post(server, ["/3/device/a", "/3/device/b"])).toEqual({ statuses: [200, 200], streams: 7 });
  });

  it("speaks only the given TLS versions", async () => {
    await using server = await Nginx.start({ tlsVersions: ["TLSv1.2"] });
    const socket = connectTls({ port: server.port, host: "localhost", ca: server.ca, ALPNProtocols: ["h2"] });
    await once(socket, "secureConnect");
    expect([socket.getProtocol(), socket.alpnProtocol]).toEqual(["TLSv1.2", "h2"]);
    socket.destroy();
  });

  it("is gone after stop, which may be called twice", async () => {
    const server = await Nginx.start();
    await server.stop();
    await server.stop();
    expect(await refuses(server.port)).toBe(true);
  });
});

describe(`nghttpd${nghttpd.note}`, { skip: nghttpd.skip }, () => {
  it("answers the given paths with 200 and other paths with 404", async () => {
    await using server = await Nghttpd.start({ streams: 100, paths: ["/3/device/a", "/3/device/b"] });
    expect(await post(server, ["/3/device/a", "/3/device/b", "/3/device/c"])).toEqual({
      statuses: [200, 200, 404],
      streams: 100,
    });
  });

  it("refuses a path that would leave its directory", async () => {
    await expect(Nghttpd.start({ paths: ["/../a"] })).rejects.toThrow(TypeError);
  });
});

describe("a missing server", () => {
  it("is reported with the package to install, and start repeats that", async () => {
    const program = findProgram("no-such-server", "no-such-package");
    expect(program).toEqual({
      installed: false,
      reason: "no-such-server is not installed (Debian package no-such-package)",
    });
    await expect(PeerProcess.start("no-such-server", program, {}, async () => [])).rejects.toThrow(
      "no-such-package",
    );
  });

  it("reports its last output if it ends before it listens", async () => {
    const node = { installed: true, path: process.execPath } as const;
    const start = PeerProcess.start("node", node, {}, async () => [
      "-e",
      "console.error('no config'); process.exit(3)",
    ]);
    await expect(start).rejects.toThrow(/exited with 3 no config/);
  });
});
