import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { CertificateAuthority, generateSigningKey } from "@apnskit/mock-server";
import { bundle } from "../../../bench/src/bundle.ts";
import { Child } from "../../../bench/src/child.ts";
import type { SinkMessage, SinkOptions } from "../../../bench/src/sink/messages.ts";
import { type ClientTls, open, type Payloads, write } from "./load.ts";
import type { FiguresRequest, GatewayFigures, GatewayMessage, GatewayStart } from "./messages.ts";

const usage = `pnpm bench:legacy [--count N] [--connections N] [--idle N] [--payloads shared|own] [--delay MS] [--window N]

  --count        notifications in all, 200,000 by default, 0 for none; 5,000,000 for the published run
  --connections  connections that send, 4 by default
  --idle         connections that do nothing, 1,000 by default
  --payloads     one payload for all (shared, the default), or a different one for each (own)
  --delay        milliseconds until the sink answers, 0 by default
  --window       the gateway's option, 500 by default`;

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "200000" },
    connections: { type: "string", default: "4" },
    idle: { type: "string", default: "1000" },
    payloads: { type: "string", default: "shared" },
    delay: { type: "string", default: "0" },
    window: { type: "string", default: "500" },
    help: { type: "boolean", short: "h", default: false },
  },
});
const [count, connections, idle, delay, window] = [
  Number(values.count),
  Number(values.connections),
  Number(values.idle),
  Number(values.delay),
  Number(values.window),
] as const;
const isPayloads = (text: string): text is Payloads => text === "shared" || text === "own";
const numbers = [count, connections, idle, delay, window];
if (
  values.help ||
  !isPayloads(values.payloads) ||
  !numbers.every((number) => number >= 0) ||
  connections === 0
) {
  console.log(usage);
  process.exit(values.help ? 0 : 2);
}

const MB = 1_048_576;
const megabytes = (bytes: number): string => `${(bytes / MB).toFixed(1)} MB`;
const authority = await CertificateAuthority.create();
const server = await authority.issue({ usage: "server" });
const client = await authority.issue({
  usage: "client",
  uid: "com.example.app",
  topics: ["com.example.app"],
});
const tls: ClientTls = { ca: authority.certificate, ...client };

const GATEWAY = "../../packages/legacy-gateway/bench/gateway-process.ts";
const BARE = "../../packages/legacy-gateway/bench/bare-process.ts";
const SINK = "sink/process.ts";
const anywhere = { cores: undefined };
await using programs = await bundle([GATEWAY, BARE, SINK]);
await using sink = new Child<SinkOptions, SinkMessage>(programs.file(SINK), anywhere);
const { port: sinkPort } = await sink.ask({ ...server, streams: 1_000, delay }, "listening");
type Process = Child<GatewayStart | FiguresRequest, GatewayMessage>;
const measured = { ...anywhere, flags: ["--expose-gc"] };
await using gateway: Process = new Child(programs.file(GATEWAY), measured);
const start: GatewayStart = {
  ...server,
  ca: authority.certificate,
  origin: `https://localhost:${sinkPort}`,
  apnsKey: generateSigningKey(),
  window,
};
const { port } = await gateway.ask(start, "listening");

{
  await using bare: Process = new Child(programs.file(BARE), measured);
  await measureIdle("a bare node:tls server", bare, (await bare.ask(start, "listening")).port);
}
await measureIdle("the gateway", gateway, port);
if (count > 0) await measureRate(values.payloads);

function figures(wanted: FiguresRequest = "figures", of = gateway): Promise<GatewayFigures> {
  return of.ask(wanted, "figures");
}

async function measureIdle(what: string, of: Process, port: number): Promise<void> {
  const before = await figures("figures without garbage", of);
  const sockets = [];
  for (let index = 0; index < idle; index++) sockets.push(await open(port, tls));
  await sleep(1_000);
  const after = await figures("figures without garbage", of);
  const each = (after.rss - before.rss) / Math.max(1, idle) / 1_024;
  const line = `${megabytes(after.rss)} with ${after.connections} idle connections, ${megabytes(before.rss)} with none`;
  const heap = (after.heapUsed - before.heapUsed) / Math.max(1, idle) / 1_024;
  console.log(`idle: ${what}: ${line} (${each.toFixed(1)} KB each, ${heap.toFixed(1)} KB of it heap)`);
  for (const socket of sockets) socket.destroy();
}

async function measureRate(payloads: Payloads): Promise<void> {
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port, tls)));
  const share = Math.ceil(count / connections);
  const total = share * connections;
  const first = await figures();
  const startedAt = performance.now();
  const writing = Promise.all(sockets.map((socket, index) => write(socket, index, share, payloads)));
  let last = first;
  let told = 0;
  let mostRss = 0;
  while (last.accepted < total) {
    await sleep(100);
    last = await figures();
    mostRss = Math.max(mostRss, last.rss);
    const tenth = Math.floor((last.accepted / total) * 10);
    if (tenth > told) {
      told = tenth;
      console.log(`  ${last.accepted} accepted, ${megabytes(last.rss)}, heap ${megabytes(last.heapUsed)}`);
    }
  }
  await writing;
  const seconds = (performance.now() - startedAt) / 1_000;
  const cpu = (last.cpu - first.cpu) / 1_000;
  const rates = `${Math.round(total / seconds)}/s, ${Math.round(total / cpu)} per CPU-second of the gateway`;
  console.log(`rate: ${total} notifications, ${payloads} payloads: ${rates}, at most ${megabytes(mostRss)}`);
  for (const socket of sockets) socket.destroy();
}
