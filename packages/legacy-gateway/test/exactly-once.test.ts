import { TcpProxy } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, it, vi } from "vitest";
import { ResendingClient } from "./kit/resending-client.ts";
import { TOPIC, tokenOf, World } from "./kit/world.ts";

failOnLeaks();

/** The published run: `APNSKIT_LEGACY_PER_CONNECTION=10000 APNSKIT_LEGACY_CONNECTIONS=20`. */
const CONNECTIONS = Number(process.env.APNSKIT_LEGACY_CONNECTIONS ?? 4);
const PER_CONNECTION = Number(process.env.APNSKIT_LEGACY_PER_CONNECTION ?? 400);
const REFUSED_EVERY = 100;

vi.setConfig({ testTimeout: 60_000 + 10 * CONNECTIONS * PER_CONNECTION });

const isRefused = (index: number): boolean => index % REFUSED_EVERY === REFUSED_EVERY - 1;

/** The tokens of one client; the last one is refused. */
function tokensOf(client: number): Buffer[] {
  return Array.from({ length: PER_CONNECTION }, (_, index) => tokenOf(client * PER_CONNECTION + index));
}

async function openWorld(latency: number): Promise<World> {
  const all = CONNECTIONS * PER_CONNECTION;
  const world = await World.open({}, { latency, ledger: { capacity: 4 * all, payloads: false } });
  for (let index = 0; index < all; index++) {
    // A token of another app: BadDeviceToken without a fault for each.
    if (isRefused(index)) world.apns.devices.register(hex(index), { topic: `${TOPIC}.other` });
  }
  return world;
}

const hex = (index: number): string => tokenOf(index).toString("hex");

/** How often each token was acted on. */
function actedOn(world: World): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { token } of world.apns.ledger.entries({ acted: true })) {
    counts.set(token, (counts.get(token) ?? 0) + 1);
  }
  return counts;
}

describe.each([1, 2] as const)(
  "clients of command %d that send again what came behind a refusal",
  (command) => {
    it("act on every good token exactly once, and are told each refusal once", async () => {
      await using world = await openWorld(2);
      const clients = Array.from(
        { length: CONNECTIONS },
        () => new ResendingClient(world.ports.push, world.client, command),
      );
      await Promise.all(clients.map((client, number) => client.sendAll(tokensOf(number))));

      const counts = actedOn(world);
      const all = Array.from({ length: CONNECTIONS * PER_CONNECTION }, (_, index) => index);
      expect(all.filter((index) => (counts.get(hex(index)) ?? 0) !== (isRefused(index) ? 0 : 1))).toEqual([]);
      for (const [number, { reports, cuts }] of clients.entries()) {
        expect(cuts).toBe(0);
        const refused = tokensOf(number).flatMap((_, index) =>
          isRefused(index) ? [{ status: 8, index }] : [],
        );
        expect(reports).toEqual(refused);
      }
      const { absorbed, accepted, inDoubt, untold } = world.counts;
      expect(absorbed).toBeGreaterThan(0);
      expect(accepted).toBe(all.length - all.length / REFUSED_EVERY);
      expect([inDoubt, untold]).toEqual([0, 0]);
    });
  },
);

describe("connections that are cut at random", () => {
  it("double nothing that was accepted, also when clients send the last notifications again", async () => {
    await using world = await openWorld(2);
    const ports = Array.from({ length: CONNECTIONS }, () => world.ports.push);
    const proxies = await Promise.all(ports.map((target) => TcpProxy.listen({ target })));
    const clients = proxies.map(({ port }) => new ResendingClient(port, world.client, 2));
    let seen = 0;
    const stop = world.apns.ledger.subscribe(() => {
      // Fixed in number, arbitrary in place.
      if (++seen % 97 === 0) proxies[seen % CONNECTIONS]!.cut();
    });
    await Promise.all(clients.map((client, number) => client.sendAll(tokensOf(number), 100)));
    stop();
    await Promise.all(proxies.map((proxy) => proxy.close()));

    const counts = actedOn(world);
    expect([...counts].filter(([, count]) => count !== 1)).toEqual([]);
    expect(clients.reduce((sum, { cuts }) => sum + cuts, 0)).toBeGreaterThan(0);
    const lost = CONNECTIONS * PER_CONNECTION * (1 - 1 / REFUSED_EVERY) - counts.size;
    const doubts = clients.reduce((sum, client) => sum + client.doubts, 0);
    expect(lost).toBeLessThanOrEqual(doubts);
  });
});
