import { readFileSync } from "node:fs";
import { type ClientHttp2Session, connect } from "node:http2";
import { MockApns } from "@apnskit/mock-server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ParsedNotification, parseNotification } from "../demo/notification-line.ts";

let server: MockApns;
let session: ClientHttp2Session;

beforeAll(async () => {
  server = await MockApns.start({ auth: "anything", ledger: { capacity: 0 } });
  session = connect(server.origin, { ca: server.clientOptions.tls.ca });
  await new Promise((resolve) => session.once("remoteSettings", resolve));
});

afterAll(async () => {
  session.close();
  await server.close();
});

function post({ path, headers, body }: ParsedNotification): Promise<string> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ":method": "POST", ":path": path, ...headers });
    let answer = "";
    stream.setEncoding("utf8");
    stream.once("response", ({ ":status": status }) => (answer = `${status} `));
    stream.on("data", (text: string) => (answer += text));
    stream.once("error", reject);
    stream.once("end", () => resolve(answer));
    stream.end(body);
  });
}

test("every line of the example file is accepted by a server that checks it as APNs would", async () => {
  const lines = readFileSync(new URL("../notifications.ndjson", import.meta.url), "utf8")
    .trimEnd()
    .split("\n");
  const refused: string[] = [];
  for (let start = 0; start < lines.length; start += 200) {
    const batch = lines.slice(start, start + 200);
    const answers = await Promise.all(batch.map((line) => post(parseNotification(Buffer.from(line)))));
    answers.forEach((answer, index) => {
      if (answer !== "200 ") refused.push(`line ${start + index + 1}: ${answer}`);
    });
  }
  expect(refused).toEqual([]);
});
