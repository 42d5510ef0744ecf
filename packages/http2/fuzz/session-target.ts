import {
  ClientSession,
  type ClientStream,
  Decoder,
  FieldList,
  type SessionEvent,
  type SessionOptions,
  TextContent,
} from "../src/index.ts";
import { settings } from "../test/support/frames.ts";
import { describeEvent } from "../test/support/session.ts";
import { parseFrames } from "../test/support/wire.ts";
import { corpusOf } from "./corpus.ts";
import { fingerprint, Random } from "./random.ts";
import { must, mustEqual, type Target } from "./target.ts";

/** What the client does before the input comes, and in the middle of it. */
interface Scenario {
  readonly options: Partial<SessionOptions>;
  /** Whether the server's SETTINGS have come already. */
  readonly open: boolean;
  /** Body lengths of the requests that are made before the input, as far as streams are free. */
  readonly before: readonly number[];
  /** The same in the middle of the input; nothing of them leaves before the rest of the input has come. */
  readonly between: readonly number[];
  /** Positions in `before` of the requests that are given up again. */
  readonly given: readonly number[];
  /** Whether they have left by then. */
  readonly leaveFirst: boolean;
}

const tight: Partial<SessionOptions> = {
  headerTableSize: 0,
  encoderTableSize: 0,
  maxBodyLength: 10,
  maxHeaderListSize: 256,
  maxHeaderBlockLength: 300,
  maxContinuations: 1,
  maxInterimResponses: 1,
  maxControlFrames: 12,
  maxConcurrentStreams: 4,
};

const scenarios: readonly Scenario[] = [
  { options: {}, open: true, before: [0, 30, 0, 70_000], between: [5], given: [2], leaveFirst: true },
  { options: {}, open: false, before: [], between: [0, 10, 100], given: [], leaveFirst: false },
  { options: tight, open: true, before: [0, 10, 0], between: [0], given: [1], leaveFirst: false },
  {
    options: { headerTableSize: 65_536, encoderTableSize: 65_536 },
    open: true,
    before: [0, 0, 0],
    between: [0, 0],
    given: [],
    leaveFirst: true,
  },
  {
    options: { firstStreamId: 0x7fff_fff9 },
    open: true,
    before: [0, 20, 0],
    between: [0, 0],
    given: [0],
    leaveFirst: true,
  },
];

const bodies = Buffer.alloc(70_000, "b");
const sharedFields = FieldList.from(
  [
    ["apns-topic", "com.example.app"],
    ["apns-push-type", "alert"],
  ],
  () => "indexed",
);
const path = "/3/device/00";
const requestFields = [
  ...[":method", "POST", ":scheme", "https", ":authority", "example.com", ":path", path],
  ...["apns-topic", "com.example.app", "apns-push-type", "alert"],
];

/**
 * The session. An input is one octet that chooses the scenario, then what the server sends. It is run twice, cut in two
 * different ways; everything that can be seen from outside must be the same.
 */
export const sessionTarget: Target = {
  name: "session",
  headLength: 1,
  seeds: () => corpusOf("session"),

  run(input) {
    const scenario = scenarios[(input[0] ?? 0) % scenarios.length]!;
    const bytes = input.subarray(1);
    const whole = runOnce(scenario, bytes, () => Number.POSITIVE_INFINITY);
    const random = new Random(fingerprint(input));
    const most = random.pick([1, 3, 20, 2_000]);
    const cut = runOnce(scenario, bytes, () => 1 + random.below(most));
    mustEqual(cut.told, whole.told, "events do not depend on how the octets are cut");
    must(cut.output.equals(whole.output), "output does not depend on how the octets are cut");
    const kinds = [...new Set(whole.told.map(withoutNumbers))];
    return `${input[0]! % scenarios.length} ${kinds.sort().join("|")}`;
  },
};

function withoutNumbers(line: string): string {
  return line.startsWith("error") ? line : line.replace(/ \d+.*/, "");
}

function runOnce(
  scenario: Scenario,
  bytes: Buffer,
  nextLength: () => number,
): { told: string[]; output: Buffer } {
  const session = new ClientSession<number>({ authority: "example.com", ...scenario.options });
  const streams: ClientStream<number>[] = [];
  const ended = new Set<ClientStream<number>>();
  const told: string[] = [];
  const outputs: Buffer[] = [];
  let requestOctets = 0;
  let parts = 0;

  const take = () => {
    for (let piece = session.takeOutput(); piece; piece = session.takeOutput()) outputs.push(piece);
  };
  const post = (lengths: readonly number[]) => {
    for (const length of lengths) {
      if (session.freeStreams === 0) return;
      const octets = bodies.subarray(0, length);
      // Text and octets by turns: what is written must be the same.
      const content = streams.length % 2 === 0 ? octets : new TextContent(octets.toString("latin1"));
      const request = { method: "POST", path, sharedFields, ownFields: FieldList.empty, content };
      if (session.headerListSize(request) > session.maxRequestHeaderListSize) return;
      streams.push(session.request(request, streams.length));
      requestOctets += length + 500;
    }
  };
  let lastStreamId = Number.POSITIVE_INFINITY;
  const receive = (part: Uint8Array) => {
    const events = session.receive(part);
    for (const event of events) {
      must(!told.at(-1)?.startsWith("error"), "nothing follows an error");
      told.push(describeEvent(event));
      for (const stream of endedBy(event)) {
        must(!ended.has(stream), "a stream ends once");
        must(stream.closed, "a stream that has ended is closed");
        ended.add(stream);
      }
      if (event.type === "goaway") lastStreamId = event.lastStreamId;
    }
    // Streams whose answer has begun end by events of their own, right behind that of the GOAWAY.
    for (const stream of streams) {
      must(stream.id <= lastStreamId || ended.has(stream), "GOAWAY ends the streams above its last id");
    }
    // Not after each of a thousand single octets.
    if (events.length > 0 || ++parts % 16 === 0) checkBounds(session, scenario, streams);
  };
  const receiveAll = (part: Buffer) => {
    for (let at = 0; at < part.length; ) {
      const to = Math.min(part.length, at + nextLength());
      // A copy that is wiped afterwards: whoever holds on to the caller's memory will be found out.
      const chunk = Buffer.from(part.subarray(at, to));
      receive(chunk);
      chunk.fill(0xee);
      at = to;
    }
  };

  if (scenario.open) receive(settings());
  post(scenario.before);
  if (scenario.leaveFirst) take();
  for (const position of scenario.given) {
    const stream = streams[position];
    if (!stream) continue;
    session.reset(stream);
    ended.add(stream);
  }
  take();
  const middle = bytes.length >> 1;
  receiveAll(bytes.subarray(0, middle));
  take();
  post(scenario.between);
  receiveAll(bytes.subarray(middle));
  // One more request shows whether the encoder is still in step.
  post([1]);
  take();
  checkBounds(session, scenario, streams);

  const output = Buffer.concat(outputs);
  must(output.length <= 3_000 + requestOctets + 3 * bytes.length, "output is in proportion to what came");
  checkOrder(output);
  checkRequests(output, streams.filter(({ progress }) => progress !== "unwritten").length);
  for (const stream of session.abandon()) {
    must(!ended.has(stream), "a stream ends once");
    ended.add(stream);
  }
  must(ended.size === streams.length, "every stream ends");
  must(session.openStreams === 0 && session.waiting === 0, "nothing is left open");
  for (const stream of streams) told.push(`${stream.id} ${stream.status} ${stream.fields.join("|")}`);
  return { told, output };
}

function endedBy(event: SessionEvent<number>): readonly ClientStream<number>[] {
  if (event.type === "response" || event.type === "failure") return [event.stream];
  return event.type === "goaway" ? event.unprocessed : [];
}

function checkBounds(
  session: ClientSession<number>,
  { options }: Scenario,
  streams: readonly ClientStream<number>[],
): void {
  const maxBody = options.maxBodyLength ?? 65_536;
  const maxList = options.maxHeaderListSize ?? 16_384;
  must(session.freeStreams >= 0, "free streams are never negative");
  must(
    session.freeStreams <= (options.maxConcurrentStreams ?? 1_000),
    "free streams keep to this end's limit",
  );
  must(session.openStreams <= streams.length, "no stream opens by itself");
  must(session.sendWindow <= 0x7fff_ffff, "the window keeps to 2³¹ − 1");
  must(session.waiting >= 0, "what waits is never negative");
  for (const stream of streams) {
    must(
      stream.bodyLength <= maxBody && stream.body.length === stream.bodyLength,
      "bodies keep to their bound",
    );
    must(stream.sendWindow <= 0x7fff_ffff, "a window keeps to 2³¹ − 1");
    for (const list of [stream.fields, stream.trailers]) {
      must(list.reduce((sum, text) => sum + text.length + 16, 0) <= maxList, "lists keep to their bound");
    }
  }
}

/** The flags that each frame of a client may have here. Padding, priorities and pushes are never sent. */
const flagsOf: Readonly<Record<string, number>> = {
  data: 0x1,
  headers: 0x5,
  continuation: 0x4,
  rstStream: 0,
  settings: 0x1,
  ping: 0x1,
  goaway: 0,
  windowUpdate: 0,
};

/** The order of frames on each stream (RFC 9113 §5.1), and of streams (§5.1.1). */
function checkOrder(output: Buffer): void {
  const closed = new Set<number>();
  let highest = 0;
  let goneAway = false;
  for (const { type, flags, streamId } of parseFrames(output)) {
    must(type in flagsOf && (flags & ~flagsOf[type]!) === 0, "frames have known types and flags");
    must(!goneAway, "GOAWAY is the last frame");
    goneAway = type === "goaway";
    if (streamId === 0) continue;
    if (type === "headers") {
      must(streamId % 2 === 1 && streamId > highest, "ids are odd and rise");
      highest = streamId;
    } else must(streamId <= highest, "nothing is sent on an idle stream");
    must(!closed.has(streamId), "nothing is sent on a stream after RST_STREAM");
    if (type === "rstStream") closed.add(streamId);
  }
}

/** What was written must be whole frames, and its header blocks the requests that were made. */
function checkRequests(output: Buffer, count: number): void {
  const decoder = new Decoder(10_000);
  decoder.limitTable(65_536);
  let seen = 0;
  for (const { type, payload } of parseFrames(output)) {
    if (type !== "headers") continue;
    mustEqual(
      decoder.decode(payload, 0, payload.length),
      requestFields,
      "requests are written as they were made",
    );
    seen++;
  }
  must(seen === count, "every request that has left is written");
}
