import { Writable } from "node:stream";
import { MockApns } from "@apnskit/mock-server";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { type Level, pino } from "pino";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { alert, liveActivityUpdate, providerToken } from "../src/index.ts";
import { openClient, TOKEN, tokenOf } from "./kit/clients.ts";
import { ConnectProxy } from "./kit/connect-proxy.ts";

failOnLeaks();

let server: MockApns;
beforeAll(async () => {
  server = await MockApns.start();
});
afterAll(() => server.close());
beforeEach(() => server.clearFaults());

const secretText = "only for your eyes";
const DEAD = "f00d".repeat(16);

/** All that a busy life makes a client log, by level. */
async function busyLife(level: Level): Promise<Record<string, Record<string, unknown>[]>> {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const auth = providerToken(server.key);
  await using proxy = await ConnectProxy.listen({ login: "user:proxy-password" });
  const logger = pino({ level }, destination);
  {
    const options = { logger, auth, proxy: `http://user:proxy-password@${proxy.host}` };
    await using apns = await openClient(server, options);
    const notification = alert({ title: secretText, data: { order: secretText } });
    await apns.send(TOKEN, notification);
    server.devices.unregister(DEAD);
    await apns.trySend(DEAD, notification);
    server.inject({ kind: "answer", reason: "ExpiredProviderToken", times: 1 });
    await apns.trySend(tokenOf(3), notification);
    server.inject({ kind: "answer", reason: "ServiceUnavailable", times: 1 });
    await apns.trySend(tokenOf(4), notification);
    server.inject({ kind: "answer", reason: "ExpiredProviderToken", times: 1 });
    await apns.trySend(tokenOf(5), notification);
    server.inject({ kind: "reset", code: "INTERNAL_ERROR", times: 1 });
    await apns.trySend(tokenOf(6), notification);
    await apns.trySend("not a token", notification);
    const { id } = await apns.channels.create();
    await apns.broadcast(id, liveActivityUpdate({ timestamp: new Date(), contentState: { secretText } }));
  }
  const text = lines.join("");
  // Never, at no level.
  expect(text).not.toContain(auth.current().authorization.slice(7));
  expect(text).not.toMatch(/bearer|PRIVATE KEY|proxy-password|cHJveHktcGFzc3dvcmQ/i);
  expect(text).not.toContain(secretText);
  const byLevel: Record<string, Record<string, unknown>[]> = {};
  for (const line of lines) {
    const { level: number, ...rest } = JSON.parse(line) as { level: number };
    const name = pino.levels.labels[number]!;
    byLevel[name] ??= [];
    byLevel[name].push(rest);
  }
  return byLevel;
}

const messages = (entries: Record<string, unknown>[] | undefined) => new Set(entries?.map(({ msg }) => msg));

it("each level has what the README says, and no full device token at any level", async () => {
  const logged = await busyLife("trace");
  expect(messages(logged.error)).toEqual(new Set([expect.stringContaining("renewing it did not help")]));
  expect(messages(logged.warn)).toEqual(new Set(["provider token renewed: APNs called it expired"]));
  expect(messages(logged.info)).toEqual(new Set(["connection open", "connection closed"]));
  expect(messages(logged.debug)).toEqual(
    new Set(["rejected", "unknown", "unsent", "request will be retried", "channel management"]),
  );
  expect(messages(logged.trace)).toEqual(new Set(["accepted"]));

  expect(JSON.stringify(logged)).not.toMatch(/[0-9a-f]{40}/);
  expect(logged.trace!.map(({ token }) => token)).toContain(`${TOKEN.slice(0, 8)}…`);
  const gone = logged.debug!.find(({ reason }) => reason === "Unregistered");
  expect(gone).toMatchObject({ token: "f00df00d…", topic: "com.example.app", status: 410, attempts: 1 });
  for (const entry of Object.values(logged).flat()) {
    expect(entry).toMatchObject({
      environment: "sandbox",
      credentials: expect.stringMatching(/^provider-token:/),
    });
  }
});

it("nothing is logged without a logger", async () => {
  const { write } = process.stdout;
  const written: unknown[] = [];
  process.stdout.write = ((chunk: unknown) => written.push(chunk) > 0) as typeof write;
  try {
    await using apns = await openClient(server);
    await apns.trySend("not a token", alert({ title: "Hello" }));
  } finally {
    process.stdout.write = write;
  }
  expect(written).toEqual([]);
});
