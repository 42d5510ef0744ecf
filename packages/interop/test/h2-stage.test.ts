import { connect } from "node:tls";
import { Connection, Request } from "@apnskit/connection";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, it } from "vitest";
import { H2Stage } from "./support/judge/h2-stage.ts";
import { title } from "./support/servers.ts";

failOnLeaks();

const noSettings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
const server = { name: "hyper-h2", available: H2Stage.available() };

describe.skipIf(!server.available.installed)(title(server), () => {
  it("answers as its script says, and its ledger distinguishes attempts", async () => {
    await using stage = await H2Stage.start();
    await using scene = await stage.open({
      requests: [
        { whole: [{ answer: { status: 503, body: ['{"reason":', '"Shutdown"}'], end: "separate" } }] },
        { head: [{ reset: "REFUSED_STREAM" }] },
      ],
    });
    await using connection = await Connection.open(scene.origin, { tls: { ca: scene.ca } });
    const request = Request.of("/3/device/aa", { "apns-id": "one" }, "{}");
    const first = await connection.post(request);
    expect([first.status, first.reason]).toEqual([503, "Shutdown"]);
    await expect(connection.post(request)).rejects.toMatchObject({ delivery: "unsent" });
    expect((await connection.post(request)).status).toBe(200);
    const { attempts, connections } = await scene.close();
    expect(attempts).toMatchObject([
      { key: "one", number: 1, whole: true, status: 503, disowned: false },
      { key: "one", number: 2, reset: 7, status: null, disowned: true },
      { key: "one", number: 3, whole: true, status: 200, bytes: 2 },
    ]);
    expect(connections).toHaveLength(1);
    expect(connections[0]!.violations).toEqual([]);
    expect(connections[0]!.frames.slice(0, 3)).toEqual(["SETTINGS", "WINDOW_UPDATE", "SETTINGS+ACK"]);
  });

  it("reports a rule that the client broke, in hyper-h2's words", async () => {
    await using stage = await H2Stage.start();
    await using scene = await stage.open({});
    const { hostname: host, port } = new URL(scene.origin);
    const socket = connect({ host, port: Number(port), ca: scene.ca, ALPNProtocols: ["h2"] });
    const data = Buffer.from([0, 0, 1, 0, 0, 0, 0, 0, 1, 0]);
    socket.on("error", () => {});
    socket.resume().end(Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), noSettings, data]));
    expect((await scene.event("violation")).text).toMatch(
      /^ProtocolError|^StreamIDTooLowError|^NoSuchStreamError/,
    );
    expect((await scene.close()).connections[0]!.violations).toHaveLength(1);
    socket.destroy();
  });
});
