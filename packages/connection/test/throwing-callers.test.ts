import { once } from "node:events";
import { ManualClock, ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Clock, Connection, InvalidOption, systemClock } from "../src/index.ts";
import { guardClock } from "../src/internal.ts";
import { connectTo, outcomeOf, push } from "./support/index.ts";

// What the caller's code throws comes out as an uncaught exception; the connection goes on.
failOnLeaks();

let uncaught: unknown[] = [];
let listeners: NodeJS.UncaughtExceptionListener[] = [];
beforeEach(() => {
  uncaught = [];
  listeners = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => void uncaught.push(error));
});
afterEach(() => {
  process.removeAllListeners("uncaughtException");
  for (const listener of listeners) process.on("uncaughtException", listener);
});

describe("a handler of submit that throws", () => {
  test("disturbs neither the other answers of the same read nor later requests", async () => {
    await using peer = await ScriptedPeer.listen();
    await using to = await connectTo(peer);
    const bug = new Error("a bug in the handler");
    to.transport.submit(push(1), {
      onResponse: () => {
        throw bug;
      },
      onFailure: () => {},
    });
    const second = outcomeOf(to.connection.post(push(2)));
    const requests = await to.session.requests(2);
    to.session.batch(() => {
      for (const request of requests) request.respond();
    });
    expect(await second).toBe(200);
    expect(uncaught).toEqual([bug]);
    const third = outcomeOf(to.connection.post(push(3)));
    (await to.session.request()).respond();
    expect(await third).toBe(200);
  });

  test("disturbs no other failure when the connection is lost", async () => {
    await using peer = await ScriptedPeer.listen();
    await using to = await connectTo(peer);
    const failing = {
      onResponse: () => {},
      onFailure: () => {
        throw new Error("a bug in the handler");
      },
    };
    const first = outcomeOf(to.connection.post(push(1)));
    to.transport.submit(push(2), failing);
    await to.session.requests(2);
    const closed = once(to.connection, "closed");
    to.session.destroy();
    expect(await first).toBe("Closed unknown");
    await closed;
    expect(uncaught).toHaveLength(1);
  });
});

test("a listener that throws does not keep the others from hearing, and the connection goes on", async () => {
  await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 1 } });
  await using to = await connectTo(peer);
  const bug = new Error("a bug in the listener");
  let heard = 0;
  to.connection.on("capacity", () => {
    throw bug;
  });
  to.connection.on("capacity", () => heard++);
  const first = outcomeOf(to.connection.post(push(1)));
  expect(await outcomeOf(to.connection.post(push(2)))).toBe("Blocked unsent");
  (await to.session.request()).respond();
  expect(await first).toBe(200);
  const third = outcomeOf(to.connection.post(push(3)));
  (await to.session.request()).respond();
  expect(await third).toBe(200);
  expect([heard, uncaught]).toEqual([1, [bug]]);
});

describe("the clock option", () => {
  test.each([[{}], [null], [5], ["system"], [{ now: () => 0, epoch: () => 0 }]])(
    "%o is refused at the door",
    async (clock) => {
      const opening = Connection.open("https://127.0.0.1:1", { clock: clock as never });
      await expect(opening).rejects.toBeInstanceOf(InvalidOption);
      await expect(opening).rejects.toMatchObject({ option: "clock" });
    },
  );

  test("one that begins to throw wedges nothing: the last good time counts, and it is reported once", async () => {
    await using peer = await ScriptedPeer.listen();
    const inner = new ManualClock();
    let broken = false;
    const bug = new Error("a bug in the clock");
    const check = (): void => {
      if (broken) throw bug;
    };
    const clock: Clock = {
      now: () => {
        check();
        return inner.now();
      },
      epoch: () => {
        check();
        return inner.epoch();
      },
      setTimer: (callback, delay) => {
        check();
        return inner.setTimer(callback, delay);
      },
    };
    await using to = await connectTo(peer, { clock });
    broken = true;
    const posted = outcomeOf(to.connection.post(push(1)));
    (await to.session.request()).respond();
    expect(await posted).toBe(200);
    await to.connection.close();
    expect(uncaught).toEqual([bug]);
  });

  test("a time that is not a number, and a timer that cannot be cancelled, are replaced", async () => {
    const guarded = guardClock({ now: () => NaN, epoch: () => "now", setTimer: () => undefined });
    expect([guarded.now(), guarded.epoch()]).toEqual([0, 0]);
    guarded.setTimer(() => {}, 1_000).cancel();
    await new Promise((resolve) => setImmediate(resolve));
    expect(uncaught).toHaveLength(1);
  });

  test("the machine's own clock is used as it is", () => {
    expect([guardClock(undefined), guardClock(systemClock)]).toEqual([systemClock, systemClock]);
  });
});
