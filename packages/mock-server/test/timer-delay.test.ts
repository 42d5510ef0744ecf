import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Delays } from "../src/faults/delays.ts";
import { MockApns, MockApnsClosed } from "../src/index.ts";
import { timerDelay } from "../src/timer-delay.ts";
import { Client } from "./support/client.ts";

const LONG = 3e9;

test("a delay that is too long for a timer of Node.js is cut, and others are not", () => {
  expect([0, 1.5, 2 ** 31 - 1, 2 ** 31, LONG, Infinity].map(timerDelay)).toEqual([
    ...[0, 1.5, 2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1],
  ]);
});

test("a wait, a latency, a stall and an idle time of weeks do not end at once", async () => {
  const warnings: string[] = [];
  const listen = ({ name }: Error) => warnings.push(name);
  process.on("warning", listen);
  const server = await MockApns.start({ auth: "anything", idleTimeout: LONG });
  await using client = await Client.open(server);
  await using late = await Client.open(server);
  const wait = server.received({ count: 9, timeout: LONG });
  server.connections[1]!.stall({ ms: LONG });
  server.setLatency(LONG);
  const unanswered = [client.push(), late.push()].map((push) => push.catch(() => "unanswered"));
  const delays = new Delays<number>(() => warnings.push("due"));
  delays.add(1, LONG);
  // A timer that overflows fires after 1 ms.
  await sleep(30);
  expect(server.ledger.entries({ settled: true })).toEqual([]);
  expect(client.goaways).toEqual([]);
  delays.clear();
  const ended = expect(wait).rejects.toBeInstanceOf(MockApnsClosed);
  await server.close();
  await ended;
  expect(await Promise.all(unanswered)).toEqual(["unanswered", "unanswered"]);
  process.off("warning", listen);
  expect(warnings).toEqual([]);
});
