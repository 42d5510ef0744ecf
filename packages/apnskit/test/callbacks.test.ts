import { ManualClock, ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ApnsClientEvents, ApnskitError, type Connect } from "../src/index.ts";
import { failure, hello, TOKEN, until } from "./kit/clients.ts";
import { openScripted } from "./kit/scripted.ts";

failOnLeaks();

describe("a listener that throws", () => {
  const uncaught: unknown[] = [];
  let others: NodeJS.UncaughtExceptionListener[] = [];
  beforeEach(() => {
    uncaught.length = 0;
    others = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException").on("uncaughtException", (error) => uncaught.push(error));
  });
  afterEach(() => {
    process.removeAllListeners("uncaughtException");
    for (const other of others) process.on("uncaughtException", other);
  });

  for (const name of [
    "connected",
    "disconnected",
    "connectFailed",
    "closed",
  ] satisfies (keyof ApnsClientEvents)[]) {
    it(`of "${name}" stops neither the connections nor the other listeners`, async () => {
      const clock = new ManualClock();
      await using peer = await ScriptedPeer.listen({
        respond: () => ({}),
        tls: (connection) => (connection === 1 ? { handshake: "is cut" } : {}),
      });
      const apns = await openScripted(peer, clock);
      let heard = 0;
      apns.on(name, () => {
        throw new Error(name);
      });
      apns.on(name, () => heard++);
      await apns.send(TOKEN, hello);
      peer.sessions[0]!.goaway({ debug: { reason: "Shutdown" } });
      await until(() => apns.stats().push.lastConnectError !== undefined, "the second connection has failed");
      await clock.advanceAsync(250);
      expect((await apns.send(TOKEN, hello)).result).toBe("accepted");
      await apns.close();
      expect(heard).toBe(1);
      expect(uncaught).toEqual([new Error(name)]);
    });
  }
});

describe("a connect hook without a stream", () => {
  const hook = (async () => ({ socket: {} })) as unknown as Connect;

  it("is one clear error of open", async () => {
    await using peer = await ScriptedPeer.listen();
    const error = await failure(openScripted(peer, new ManualClock(), { connect: hook }));
    expect(error).toBeInstanceOf(ApnskitError);
    expect(error.message).toMatch(/connect/);
  });

  it("is tried again by a client that does not wait, and told of in its figures", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    await using apns = await openScripted(peer, clock, { connect: hook }, { wait: false });
    await until(() => apns.stats().push.connectFailures === 1, "the first attempt has failed");
    expect(apns.stats().push.lastConnectError?.message).toMatch(/connect/);
    await clock.advanceAsync(250);
    await until(() => apns.stats().push.connectFailures === 2, "the second attempt has failed");
  });
});
