import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";

failOnLeaks();

const script = new URL("./support/unreferenced.ts", import.meta.url).pathname;
const tsx = createRequire(import.meta.url).resolve("tsx");

interface Ended {
  readonly code: number | null;
  readonly said: string[];
}

async function run(
  peer: ScriptedPeer,
  scenario: string,
  onOutput: (child: ChildProcess) => void = () => {},
): Promise<Ended> {
  const args = ["--conditions=@apnskit/source", "--import", tsx, script, peer.origin, peer.ca, scenario];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  child.stdout!.on("data", (chunk) => {
    out += chunk;
    onOutput(child);
  });
  child.stderr!.on("data", (chunk) => {
    out += chunk;
  });
  // A process that hangs is what fails the test, by its time limit.
  const [code] = (await once(child, "close")) as [number | null];
  return { code, said: out.trim().split("\n") };
}

describe("with `unref` a process ends by itself when nothing is pending", () => {
  test("while connections idle", async () => {
    await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
    expect(await run(peer, "idle")).toEqual({ code: 0, said: ["200"] });
  });

  test("while attempts to connect are held back", async () => {
    await using peer = await ScriptedPeer.listen({ tls: { handshake: "is cut" } });
    expect(await run(peer, "between attempts to connect")).toEqual({ code: 0, said: ["unreachable"] });
  });

  test("but not before what is pending is settled: in the queue, while attempts to connect fail", async () => {
    await using peer = await ScriptedPeer.listen({
      respond: () => ({}),
      tls: (connection) => (connection === 0 ? { handshake: "is cut" } : {}),
    });
    expect(await run(peer, "waiting for a connection")).toEqual({ code: 0, said: ["unreachable", "200"] });
  });

  test("nor in flight", async () => {
    await using peer = await ScriptedPeer.listen();
    const child = run(peer, "in flight");
    const request = await peer.request();
    await request.session.roundTrip();
    request.respond();
    expect(await child).toEqual({ code: 0, said: ["200"] });
  });

  test("nor in backoff", async () => {
    const answers = [{ status: 503 }, { status: 200 }];
    await using peer = await ScriptedPeer.listen({ respond: () => answers.shift() });
    expect(await run(peer, "in backoff")).toEqual({ code: 0, said: ["200"] });
  });
});
