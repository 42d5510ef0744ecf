import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { BlackHole, ScriptedPeer, settle } from "../src/index.ts";
import { failOnLeaks } from "../src/leaks.ts";

failOnLeaks();

test.runIf(process.platform === "linux")(
  "leaves clients waiting, without success and without error",
  async () => {
    await using hole = await BlackHole.listen();
    const socket = connect(hole.port, hole.host);
    const events: string[] = [];
    socket.on("connect", () => events.push("connect")).on("error", () => events.push("error"));
    await settle(200);
    expect([events, socket.connecting]).toEqual([[], true]);
    socket.destroy();
  },
);

test.runIf(process.platform === "linux")(
  "makes one of two address families dead, on the same port",
  async () => {
    await using peer = await ScriptedPeer.listen({ tls: false });
    await using hole = await BlackHole.listen({ host: "::1", port: peer.port });
    const dead = connect(hole.port, "::1");
    const alive = connect(peer.port, "127.0.0.1");
    await once(alive, "connect");
    expect(dead.connecting).toBe(true);
    dead.destroy();
    alive.destroy();
  },
);
