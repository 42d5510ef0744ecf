import { spawn } from "node:child_process";
import { once } from "node:events";
import { ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { expect, test } from "vitest";

failOnLeaks();

const source = new URL("../src/index.ts", import.meta.url).href;

/** Runs a program that has `open(options)` and `push(timeout)`; resolves with its exit code and what it printed. */
async function program(peer: ScriptedPeer, text: string): Promise<[code: number | null, output: string]> {
  const script = `
    import { Connection, Request } from ${JSON.stringify(source)};
    const open = (options) => Connection.open(${JSON.stringify(peer.origin)}, { tls: { ca: process.env.CA }, ...options });
    const push = (timeout) => Request.of("/3/device/1", {}, "{}", { timeout });
    process.on("exit", () => console.log("exit"));
    ${text}`;
  const child = spawn(
    process.execPath,
    ["--import", "tsx", "--conditions=@apnskit/source", "--input-type=module", "--eval", script],
    { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, CA: peer.ca } },
  );
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  const [code] = (await once(child, "close")) as [number | null];
  return [code, output.trim().replaceAll("\n", " ")];
}

test("with unref, an idle connection keeps no process alive", async () => {
  await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
  const [code, output] = await program(
    peer,
    `const connection = await open({ unref: true });
     console.log((await connection.post(push(5_000))).status);`,
  );
  expect([code, output]).toEqual([0, "200 exit"]);
});

test("with unref, a request in flight keeps it alive until the answer, and no longer", async () => {
  await using peer = await ScriptedPeer.listen();
  const running = program(
    peer,
    `const connection = await open({ unref: true });
     connection.post(push(Infinity)).then(({ status }) => console.log(status));`,
  );
  const request = await peer.request();
  await request.session.roundTrip();
  request.respond();
  expect(await running).toEqual([0, "200 exit"]);
});

test("without unref, an idle connection keeps it alive until it is closed", async () => {
  await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
  const running = program(
    peer,
    `const connection = await open({});
     await connection.post(push(5_000));
     connection.once("closed", (reason) => console.log(reason));`,
  );
  const { session } = await peer.request();
  await session.roundTrip();
  await session.roundTrip();
  session.goaway({ lastStreamId: 1, debug: { reason: "IdleTimeout" } });
  expect(await running).toEqual([0, "IdleTimeout exit"]);
});

test("after close() nothing keeps it alive", async () => {
  await using peer = await ScriptedPeer.listen();
  const [code, output] = await program(
    peer,
    `const connection = await open({});
     const posted = connection.post(push(60_000)).catch((error) => console.log(error.code));
     await connection.close();
     await posted;`,
  );
  expect([code, output]).toEqual([0, "ERR_APNS_CLOSED exit"]);
});
