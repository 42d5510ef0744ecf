import { ScriptedPeer } from "@apnskit/testkit";
import { afterEach, expect, test, vi } from "vitest";
import { Connection } from "../src/index.ts";
import { outcomeOf, push } from "./support/index.ts";

// What the engine needs of its host is taken when it is loaded: a test framework's fake timers do not stop it.
afterEach(() => {
  vi.useRealTimers();
});

const everything = [
  "setTimeout",
  "clearTimeout",
  "setInterval",
  "clearInterval",
  "setImmediate",
  "clearImmediate",
  "Date",
  "performance",
  "queueMicrotask",
] as const;

test("under fake timers a connection opens, sends, times out and closes, and lives on under real ones", async () => {
  await using peer = await ScriptedPeer.listen({
    respond: ({ path }) => (path.endsWith("9") ? undefined : {}),
  });
  const before = await Connection.open(peer.origin, { tls: { ca: peer.ca } });
  vi.useFakeTimers({ toFake: [...everything] });
  expect(await outcomeOf(before.post(push(1)))).toBe(200);
  const during = await Connection.open(peer.origin, { tls: { ca: peer.ca } });
  expect(await outcomeOf(during.post(push(2)))).toBe(200);
  expect(await outcomeOf(during.post(push(9, { timeout: 30 })))).toBe("Timeout unknown");
  await during.close();
  vi.useRealTimers();
  expect(await outcomeOf(before.post(push(3)))).toBe(200);
  await before.close();
});
