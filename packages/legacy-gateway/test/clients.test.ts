import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { clientCertificate, testAuthority } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HELLO, TOPIC, tokenOf, World } from "./kit/world.ts";

failOnLeaks();

/** Debian's own Python has Debian's packages. */
const PYTHON = ["/usr/bin/python3", "python3"].find((program) => runs(program, "import ssl"));
const HAS_TWISTED = PYTHON !== undefined && runs(PYTHON, "import twisted, OpenSSL, service_identity");

function runs(program: string, code: string): boolean {
  try {
    execFileSync(program, ["-c", code], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

let folder: string;
let ca: string;
let cert: string;
let key: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "apnskit-legacy-clients-"));
  [ca, cert, key] = ["ca.pem", "cert.pem", "key.pem"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const identity = await clientCertificate({ uid: TOPIC, topics: [TOPIC], environments: ["sandbox"] });
  writeFileSync(ca, (await testAuthority()).certificate);
  writeFileSync(cert, identity.cert);
  writeFileSync(key, identity.key);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a Python client with notifications on its standard input; returns the lines of JSON that it prints. */
async function python(
  name: string,
  args: readonly (string | number)[],
  tokens: readonly Buffer[],
): Promise<unknown[]> {
  const program = fileURLToPath(new URL(`clients/${name}`, import.meta.url));
  const child = spawn(PYTHON!, [program, ...args.map(String)], { stdio: ["pipe", "pipe", "inherit"] });
  let printed = "";
  child.stdout.on("data", (text) => {
    printed += text;
  });
  child.stdin.end(
    tokens
      .map((token) => `${JSON.stringify({ token: token.toString("hex"), payload: HELLO.toString() })}\n`)
      .join(""),
  );
  await once(child, "close");
  const lines = printed.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line));
}

const tokens = (count: number): Buffer[] => Array.from({ length: count }, (_, index) => tokenOf(index));
const hex = (index: number): string => tokenOf(index).toString("hex");

/** Refuses some tokens for good. */
function refuse(world: World, ...indexes: number[]): void {
  for (const index of indexes) world.apns.devices.register(hex(index), { topic: "com.example.other" });
}

/** How often APNs acted on each token, by its number, without those of exactly once. */
function notOnce(world: World, count: number): [index: number, times: number][] {
  const times = Array.from({ length: count }, (_, index) =>
    world.apns.ledger.count({ token: hex(index), acted: true }),
  );
  return times.flatMap((time, index): [number, number][] => (time === 1 ? [] : [[index, time]]));
}

describe.skipIf(PYTHON === undefined)(
  "a client in Python, made from the description of the format alone",
  () => {
    it.each([1, 2])(
      "is served with command %d, and sends again what came behind each refusal",
      async (command) => {
        await using world = await World.open({}, { latency: 2 });
        refuse(world, 10, 11, 50, 99);
        const said = await python("push.py", [world.ports.push, ca, cert, key, command], tokens(100));
        expect(said).toMatchObject([10, 11, 50, 99].map((identifier) => ({ status: 8, identifier })));
        expect(notOnce(world, 100)).toEqual([10, 11, 50, 99].map((index) => [index, 0]));
        expect(world.gateway.report()).toMatchObject([
          { commands: { [command]: expect.any(Number) }, tls: "TLSv1.2" },
        ]);
      },
    );

    it("is served with command 0", async () => {
      await using world = await World.open();
      refuse(world, 20);
      const said = await python("push.py", [world.ports.push, ca, cert, key, 0], tokens(21));
      expect(said).toMatchObject([{ status: 8, identifier: 0 }]);
      expect(notOnce(world, 21)).toEqual([[20, 0]]);
    });

    it("reads the feedback list to its end", async () => {
      await using world = await World.open();
      for (const index of [0, 1]) world.apns.devices.unregister(hex(index), 1_700_000_000_000);
      refuse(world, 2);
      await python("push.py", [world.ports.push, ca, cert, key, 2], tokens(3));
      const read = await python("feedback.py", [world.ports.feedback, ca, cert, key], []);
      expect(read).toEqual([0, 1].map((index) => ({ time: 1_700_000_000, token: hex(index) })));
      expect(await python("feedback.py", [world.ports.feedback, ca, cert, key], [])).toEqual([]);
    });
  },
);

describe.skipIf(!HAS_TWISTED)("a client of command 0 on Twisted", () => {
  it("is served", async () => {
    await using world = await World.open();
    refuse(world, 30);
    const said = await python("twisted_push.py", [world.ports.push, cert, key], tokens(31));
    expect(said).toEqual([{ answer: "080800000000" }]);
    expect(notOnce(world, 31)).toEqual([[30, 0]]);
  });
});

describe("npm's apn 1.7.8, unmodified", () => {
  const apn = createRequire(import.meta.url)("apn") as ApnLibrary;
  const address = "127.0.0.1";

  /**
   * Pushes to tokens until all that are refused have been reported and the rest has been written. An error that comes
   * while it still writes changes the order: it puts what it sends again behind what it has not sent yet.
   */
  async function push(
    world: World,
    count: number,
    refused: readonly number[],
  ): Promise<[code: number, token: string][]> {
    const connection = new apn.Connection({ address, port: world.ports.push, ...trust() });
    const errors: [number, string][] = [];
    const notification = new apn.Notification({ aps: { alert: "Hello" } });
    notification.expiry = 2_000_000_000;
    connection.on("transmissionError", (code, _, device) => errors.push([code, device.toString()]));
    for (const token of tokens(count)) connection.pushNotification(notification, token);
    const isAtRest = (): boolean =>
      errors.length >= refused.length &&
      world.counts.accepted + world.counts.dead === count - refused.length &&
      connection.notificationBuffer.length === 0 &&
      connection.deferredConnection === null;
    while (!isAtRest()) await new Promise((resolve) => setImmediate(resolve));
    connection.shutdown();
    for (const socket of [...connection.sockets]) socket.destroy();
    return errors.sort(([, one], [, other]) => (one < other ? -1 : 1));
  }

  function trust(): object {
    return { ca: [ca], cert, key, rejectUnauthorized: true };
  }

  it("pushes, and sends again after error 8 only what came later", async () => {
    await using world = await World.open({}, { latency: 2 });
    refuse(world, 5, 30, 99);
    expect(await push(world, 100, [5, 30, 99])).toEqual([5, 30, 99].map((index) => [8, hex(index)]));
    expect(notOnce(world, 100)).toEqual([5, 30, 99].map((index) => [index, 0]));
    expect(world.counts).toMatchObject({ reported: 3, inDoubt: 0 });
  });

  it("reads feedback", async () => {
    await using world = await World.open();
    world.apns.devices.unregister(hex(0), 1_700_000_000_000);
    refuse(world, 1);
    await push(world, 2, [1]);
    const feedback = new apn.Feedback({
      address,
      port: world.ports.feedback,
      interval: 0,
      batchFeedback: true,
      ...trust(),
    });
    const items = await new Promise<{ time: number; device: object }[]>((resolve, reject) => {
      feedback.on("feedback", (all: { time: number; device: object }[]) => resolve(all));
      feedback.on("feedbackError", reject);
    });
    feedback.cancel();
    expect(items.map(({ time, device }) => [time, device.toString()])).toEqual([[1_700_000_000, hex(0)]]);
  });
});

/** The parts of apn 1.7.8 that are used here. */
interface ApnLibrary {
  readonly Connection: new (
    options: object,
  ) => {
    readonly sockets: { destroy(): void }[];
    readonly notificationBuffer: readonly unknown[];
    readonly deferredConnection: unknown;
    on(
      name: "transmissionError",
      listener: (code: number, notification: object, device: object) => unknown,
    ): void;
    pushNotification(notification: object, token: Buffer): void;
    shutdown(): void;
  };
  readonly Notification: new (payload: object) => { expiry: number };
  readonly Feedback: new (
    options: object,
  ) => {
    on(name: "feedback" | "feedbackError", listener: (value: never) => void): void;
    cancel(): void;
  };
}
