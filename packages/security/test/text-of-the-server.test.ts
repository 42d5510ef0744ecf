import { printable } from "@apnskit/connection/internal";
import { Connection, Pool, Request } from "@apnskit/pool";
import { ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { OutcomeSummary, Rejected } from "apnskit";
import { describe, expect, test } from "vitest";
import { hello, openClient, TOKEN } from "./kit/clients.ts";

// Text from a server reaches messages, logs, outcomes, events and figures only without control characters and
// credentials.
failOnLeaks();

const jwt = "eyJhbGciOiJFUzI1NiIsImtpZCI6IkFCQyJ9.eyJpc3MiOiJERUYifQ.c2lnbmF0dXJl";
const pem =
  "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg\n-----END PRIVATE KEY-----";
const hostile = `Bad\r\nX\x1b[31m\x9b2J\u2028\u202e\u0000${jwt} ${TOKEN} ${pem}`;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression looks for them
const control = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]/;

function expectClean(text: string): void {
  expect(text).not.toMatch(control);
  expect(text).not.toContain("eyJhbGci");
  expect(text).not.toContain(TOKEN);
  expect(text).not.toContain("MIGHAgEA");
}

/** Collects all lines of a logger, as JSON without its escapes. */
function collecting() {
  const lines: unknown[] = [];
  const write = (...line: unknown[]) => void lines.push(line);
  const logger = { trace: write, debug: write, info: write, warn: write, error: write };
  return { logger, text: () => flat(lines).join("\t".replace("\t", " ")) };
}

function flat(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [String(value)];
  const own = value instanceof Error ? [value.message] : [];
  return [...own, ...Object.values(value).flatMap(flat)];
}

describe("the reason of a refusal, and the ids of an answer", () => {
  test.each([400, 403, 410, 429, 500, 503])("with status %i, through the client", async (status) => {
    await using peer = await ScriptedPeer.listen({
      respond: () => ({
        status,
        headers: { "apns-unique-id": jwt, date: jwt, "x-echo": jwt },
        body: JSON.stringify({ reason: hostile, timestamp: hostile }),
      }),
    });
    const { logger, text } = collecting();
    await using apns = await openClient(peer, { logger });
    const error = await apns.send(TOKEN, hello, { timeout: 100 }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Rejected);
    const { outcome, message } = error as Rejected;
    const { token: _, ...rest } = outcome;
    expectClean(flat(rest).join(" "));
    expectClean(message);
    expectClean(flat(apns.stats()).join(" "));
    expectClean(text());
    await apns.close();
    expectClean(text());
  });
});

describe("the text of GOAWAY", () => {
  test.each([
    ["as JSON", JSON.stringify({ reason: hostile })],
    ["as it is", hostile],
    ["a megabyte of it", hostile.repeat(1_000).slice(0, 16_000)],
  ])("%s: in events, figures, errors and logs", async (_, debug) => {
    await using peer = await ScriptedPeer.listen({ tolerant: true });
    const { logger, text } = collecting();
    const connection = await Connection.open(peer.origin, { tls: { ca: peer.ca }, logger });
    const heard: string[] = [];
    connection.on("draining", (reason) => heard.push(reason)).on("closed", (reason) => heard.push(reason));
    const session = await peer.session();
    const posted = connection.post(Request.of(`/3/device/${TOKEN}`)).catch((error: Error) => error);
    await session.request();
    session.goaway({ lastStreamId: 0, debug } as never);
    const error = (await posted) as Error;
    expectClean(error.message);
    expectClean(flat(error).join(" "));
    await connection.close();
    expect(heard.length).toBeGreaterThan(0);
    expectClean(heard.join(" "));
    expectClean(text());
    for (const one of heard) expect(one.length).toBeLessThanOrEqual(200);
  });

  test("in place of the first SETTINGS, at Pool: in errors, figures and events", async () => {
    await using peer = await ScriptedPeer.listen({
      tolerant: true,
      settings: false,
      onSession: (session) => session.goaway({ debug: hostile } as never),
    });
    const { logger, text } = collecting();
    const pool = new Pool(peer.origin, { tls: { ca: peer.ca }, logger, reconnect: { minDelay: 60_000 } });
    const heard: string[] = [];
    pool.on("connectFailed", (error) => heard.push(...flat(error), error.message));
    const error = (await pool
      .post(Request.of(`/3/device/${TOKEN}`, {}, "", { timeout: 500 }))
      .catch((thrown: unknown) => thrown)) as Error & { cause?: Error };
    expectClean([error.message, error.cause?.message, ...flat(pool.stats()), ...heard].join(" "));
    await pool.close();
    expectClean(text());
  });
});

describe("names of headers, trailers and malformed answers", () => {
  test.each([
    ["a header's name", { headers: { [`x\x1b${jwt}`]: "v" } }],
    ["a header's value", { headers: { "x-a": hostile } }],
    ["a trailer", { body: "{}", trailers: { "x-a": hostile } }],
    ["a status", { headers: { ":status": jwt } }],
    ["a content-length", { headers: { "content-length": jwt } }],
  ])("%s: the message about it is clean", async (_, answer) => {
    await using peer = await ScriptedPeer.listen({ tolerant: true, respond: () => answer as never });
    const { logger, text } = collecting();
    const connection = await Connection.open(peer.origin, { tls: { ca: peer.ca }, logger });
    const end = await connection.post(Request.of(`/3/device/${TOKEN}`)).catch((error: unknown) => error);
    if (end instanceof Error) expectClean([end.message, ...flat(end)].join(" "));
    await connection.close();
    expectClean(text());
  });
});

describe("memory", () => {
  test("a stored reason does not retain the answer that it was cut from", () => {
    const heap = () => {
      (globalThis as { gc?: () => void }).gc?.();
      return process.memoryUsage().heapUsed;
    };
    const before = heap();
    const kept = Array.from({ length: 1_000 }, (_, i) => printable(`${i} ${"reason ".repeat(8_000)}`));
    expect(kept.every((one) => one.length <= 200)).toBe(true);
    // 56 MB if each reason retained the text that it was cut from.
    expect(heap() - before).toBeLessThan(20_000_000);
  });

  test("a summary counts 100,000 reasons of 40 KB by 200 short names and `other`", () => {
    const summary = new OutcomeSummary();
    for (let i = 0; i < 5_000; i++) {
      const reason = `${i}${"r".repeat(40_000)}`;
      summary.add({ result: "rejected", reason, attempts: 1, tokenIsDead: false } as never);
    }
    const { reasons } = summary.counts();
    expect(Object.keys(reasons).length).toBeLessThanOrEqual(201);
    expect(Math.max(...Object.keys(reasons).map((name) => name.length))).toBeLessThanOrEqual(200);
    expect(Object.values(reasons).reduce((sum, count) => sum + count, 0)).toBe(5_000);
  });
});

describe("text that looks like a credential, in any place", () => {
  test.each([
    ["a JWT right after a letter", `token${jwt}`],
    ["a JWT in quotes", `"${jwt}"`],
    ["a JWT without a signature", jwt.split(".").slice(0, 2).join(".")],
    ["a key on one line", pem.replaceAll("\n", " ")],
    ["the body of a key alone", pem.split("\n")[1]!.padEnd(64, "A")],
    ["a device token in upper case", TOKEN.toUpperCase()],
    ["a device token in base64", `${Buffer.from(TOKEN).toString("base64")}`],
  ])("%s is left out", (_, secret) => {
    const shown = printable(`said: ${secret} end`);
    expect(shown.length).toBeLessThan(60);
  });

  test("the cut never leaves half of a surrogate pair", () => {
    for (let i = 795; i < 805; i++) expect(printable("x".repeat(i) + "😀".repeat(9))).not.toMatch(/\p{Cs}/u);
    for (let i = 195; i < 205; i++)
      expect(printable("x ".repeat(i).slice(0, i) + "😀".repeat(9))).not.toMatch(/\p{Cs}/u);
  });
});
