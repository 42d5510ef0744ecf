import { mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { ClientSession, FieldList } from "../src/index.ts";
import { Nghttp2Server } from "../test/support/nghttp2-server.ts";
import { parseFrames } from "../test/support/wire.ts";

/**
 * Records what a real server (nghttp2) sends in a few conversations, as inputs for the fuzzer to begin with. To be run
 * by hand when the corpus is to change: `npx tsx --conditions=@apnskit/source packages/http2/fuzz/record-corpus.ts`.
 */

const directory = new URL("./corpus/", import.meta.url);

/** Makes four requests and returns all octets that the server sent until it has answered them and a PING, or goes away. */
async function record(server: Nghttp2Server, end: (server: Nghttp2Server) => void): Promise<Buffer> {
  const session = new ClientSession<number>({ authority: "example.com" });
  const socket = connect(server.port, "127.0.0.1");
  const received: Buffer[] = [];
  let sent = 0;
  let answered = 0;
  const flush = () => {
    const output = session.takeOutput();
    if (output) socket.write(output);
  };
  flush();
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    received.push(chunk);
    const events = session.receive(chunk);
    if (events.some(({ type }) => type === "pong" || type === "goaway")) break;
    answered += events.filter(({ type }) => type === "response").length;
    for (; sent < 4 && session.freeStreams > 0; sent++) {
      const body = Buffer.alloc(sent === 3 ? 70_000 : sent * 20);
      session.request(
        {
          method: "POST",
          path: `/${sent}`,
          sharedFields: FieldList.empty,
          ownFields: FieldList.empty,
          content: body,
        },
        sent,
      );
    }
    flush();
    if (answered === 4) {
      answered++;
      end(server);
      session.ping(7);
      flush();
    }
  }
  socket.destroy();
  return Buffer.concat(received);
}

const noEnd = () => {};

const conversations: [
  name: string,
  options: object,
  prepare: (server: Nghttp2Server) => void,
  end: (server: Nghttp2Server) => void,
][] = [
  ["plain", {}, () => {}, noEnd],
  [
    "apns",
    { settings: { maxConcurrentStreams: 1_000, headerTableSize: 4_096 } },
    (server) => {
      for (let i = 0; i < 4; i++) {
        server.answers.set(`/${i}`, {
          headers: {
            ":status": i % 2 ? 400 : 200,
            "apns-id": `0000000${i}-AAAA-BBBB-CCCC-000000000000`,
            date: "now",
          },
          body: i % 2 ? '{"reason":"BadDeviceToken"}' : "",
        });
      }
    },
    (server: Nghttp2Server) => server.sessions[0]!.goaway(0, 7, Buffer.from('{"reason":"Shutdown"}')),
  ],
  [
    "trailers",
    { settings: { initialWindowSize: 70_000, maxFrameSize: 20_000, maxHeaderListSize: 8_000 } },
    (server) => {
      for (let i = 0; i < 4; i++) {
        server.answers.set(`/${i}`, {
          headers: { date: "now", "set-cookie": ["a=1", "b=2"], "content-length": "5" },
          body: "hello",
          trailers: { "x-sum": "7" },
        });
      }
    },
    (server: Nghttp2Server) => server.sessions[0]!.destroy(),
  ],
];

mkdirSync(directory, { recursive: true });
for (const [name, options, prepare, end] of conversations) {
  await using server = await Nghttp2Server.start(options);
  prepare(server);
  const bytes = await record(server, end);
  // Scenario 1 takes the conversation from its beginning, scenario 0 what follows the server's preface.
  writeFileSync(new URL(`session-${name}-1.bin`, directory), Buffer.concat([Buffer.of(1), bytes]));
  const afterPreface = bytes.subarray(9 + bytes.readUIntBE(0, 3));
  for (const scenario of [0, 2, 3]) {
    writeFileSync(
      new URL(`session-${name}-${scenario}.bin`, directory),
      Buffer.concat([Buffer.of(scenario), afterPreface]),
    );
  }
  const blocks = parseFrames(bytes)
    .filter(({ type }) => type === "headers")
    .flatMap(({ payload }) => [Buffer.of(payload.length >>> 8, payload.length & 0xff), payload]);
  writeFileSync(new URL(`hpack-${name}.bin`, directory), Buffer.concat([Buffer.of(0), ...blocks]));
}
