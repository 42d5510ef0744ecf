import { execFile, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Control, type LedgerEntry, MockApns } from "../../src/index.ts";
import { apnskitSend, curl, type ServerFacts } from "../../ui/state/copy-as.ts";
import type { RequestDetail } from "../../ui/state/request-detail.ts";
import { Row } from "../../ui/state/row.ts";
import { bearer, Client, TOKEN } from "../support/client.ts";
import { EXAMPLES, type ExampleName, sendExample } from "../support/example-requests.ts";

const run = promisify(execFile);
const CURL = spawnSync("curl", ["--version"], { encoding: "utf8" });
const hasCurl = CURL.status === 0 && CURL.stdout.includes("HTTP2");
/** What a copy must repeat; ids and times are each request's own. */
const REPEATED = [
  ...([
    "kind",
    "method",
    "path",
    "token",
    "topic",
    "pushType",
    "priority",
    "expiration",
    "collapseId",
  ] as const),
  ...(["bytes", "payload", "status", "reason", "acted"] as const),
] as const;

let folder: string;
let server: MockApns;
let control: Control;
let client: Client;
let facts: ServerFacts;
let authorization: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "apnskit-copies-"));
  server = await MockApns.start();
  const [caFile, keyFile] = [join(folder, "it's ca.pem"), join(folder, "key $1.p8")];
  await Promise.all([writeFile(caFile, server.ca), writeFile(keyFile, server.key.key)]);
  control = await Control.listen(server, 0, { ui: false, caFile, keyFile });
  client = await Client.open(server);
  authorization = bearer(server);
  facts = (await (await fetch(control.origin)).json()) as ServerFacts;
});

afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await control.close();
  await server.close();
  await rm(folder, { recursive: true });
});

function repeated(entry: LedgerEntry): Partial<LedgerEntry> {
  return Object.fromEntries(REPEATED.map((name) => [name, entry[name]]));
}

/** Runs the curl line of the newest request, and holds what it sends against that request. */
async function copyByCurl(): Promise<void> {
  const entry = server.ledger.latest()!;
  const response = await fetch(`${control.origin}/ledger/${entry.id}`);
  const copy = curl(entry, (await response.json()) as RequestDetail, facts, control.origin);
  if (!("text" in copy)) throw new Error(copy.why);
  await run("bash", ["-c", copy.text], { cwd: folder });
  const again = server.ledger.latest()!;
  expect(again.id).toBe(entry.id + 1);
  expect(repeated(again)).toEqual(repeated(entry));
}

describe.skipIf(!hasCurl)("the curl line of a request sends the same request again:", () => {
  test.each(Object.keys(EXAMPLES) as ExampleName[])("%s", async (name) => {
    await sendExample(client, name, { authorization });
    await copyByCurl();
  });

  test.each<[string, Record<string, string | undefined>, string]>([
    ["a payload that a shell would read otherwise", {}, "'\"$(id)`id`\\\u0007\u001b[201~\r\n\tä🙂!x"],
    ["a payload that begins with the sign for files", {}, "@/etc/passwd"],
    ["no payload", {}, ""],
    ["header values in UTF-8", { "apns-collapse-id": "ä🙂 it's $HOME" }, "{}"],
    ["headers that are refused", { "apns-priority": "7", "apns-expiration": "soon" }, "{}"],
    ["a path with signs that curl would read", { ":path": `/3/device/${TOKEN}/../[1-3]{a,b}` }, "{}"],
    ["another method", { ":method": "GET" }, ""],
    ["unknown headers of APNs", { "apns-future": "1" }, "{}"],
  ])("%s", async (_what, headers, payload) => {
    await client.push({ authorization, ...headers } as never, payload);
    await copyByCurl();
  });

  test("or there is a reason why there is none", async () => {
    for (const body of [Buffer.of(0x7b, 0xff, 0x7d), Buffer.alloc(9_000, "x")]) {
      const headers = { ":method": "POST", ":path": `/3/device/${TOKEN}`, "apns-topic": "com.example.app" };
      const stream = client.session.request({ ...headers, authorization });
      stream.end(body).resume();
      await once(stream, "close");
      await expect(copyByCurl()).rejects.toThrow("does not have the whole payload");
    }
  });

  test("channels and broadcasts", async () => {
    await using management = await Client.open(server, { origin: server.managementOrigin });
    const path = "/1/apps/com.example.app/channels";
    const policy = JSON.stringify({ "message-storage-policy": 0, "push-type": "LiveActivity" });
    const created = await management.request({ ":method": "POST", ":path": path, authorization }, policy);
    const channel = created.headers["apns-channel-id"]!;
    await copyByCurl();
    await management.request({ ":path": path, authorization, "apns-channel-id": channel });
    await copyByCurl();
    await using broadcasts = await Client.open(server, { origin: server.broadcastOrigin });
    const headers = {
      ...{ ":method": "POST", ":path": "/4/broadcasts/apps/com.example.app", authorization },
      ...{ "apns-channel-id": channel, "apns-push-type": "liveactivity", "apns-expiration": "0" },
      "apns-priority": "10",
    };
    await broadcasts.request(headers, JSON.stringify(EXAMPLES.activityUpdate!().body));
    expect(server.ledger.latest()).toMatchObject({ kind: "broadcast", status: 200 });
    await copyByCurl();
  });
});

describe("the apnskit line of a push sends the same push again:", () => {
  const cli = fileURLToPath(new URL("../../../cli/src/main.ts", import.meta.url));
  const tsx = fileURLToPath(import.meta.resolve("tsx"));
  const command = `"${process.execPath}" --import "${tsx}" --conditions=@apnskit/source "${cli}"`;
  const names = (
    process.env.APNSKIT_ALL_COPIES ? Object.keys(EXAMPLES) : ["voip", "activityUpdate"]
  ) as ExampleName[];

  test.each(names)(
    "%s",
    async (name) => {
      await sendExample(client, name, { authorization });
      const entry = server.ledger.latest()!;
      const copy = apnskitSend(entry, new Row(entry).payload, facts, control.origin);
      if (!("text" in copy)) throw new Error(copy.why);
      const line = copy.text.replace("| apnskit ", `| ${command} `);
      await run("bash", ["-c", line], { cwd: folder });
      const again = server.ledger.latest()!;
      expect(again.id).toBe(entry.id + 1);
      const { priority, pushType, ...rest } = repeated(again);
      const { priority: sent, pushType: type, ...wanted } = repeated(entry);
      expect(rest).toEqual(wanted);
      // The client of apnskit always says what APNs would take for granted.
      if (sent !== undefined) expect(priority).toBe(sent);
      if (type !== undefined) expect(pushType).toBe(type);
    },
    30_000,
  );
});
