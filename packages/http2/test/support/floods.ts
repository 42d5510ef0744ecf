import {
  continuation,
  data,
  frame,
  goaway,
  headers,
  octets,
  ping,
  priority,
  rstStream,
  SettingId,
  settings,
  windowUpdate,
} from "./frames.ts";
import { block, incremental, indexed, status, status200, tableSize } from "./header-block.ts";
import { type Harness, openSession } from "./session.ts";

/** A server that wants much work, memory or output for each octet that it sends. */
export interface Flood {
  readonly name: string;
  /** A session in the state in which the flood does most harm. */
  prepare(): Harness;
  /** What the server sends in the nth read. */
  read(nth: number): Uint8Array;
}

/** The streams that are open where a flood is about many of them. */
export const STREAMS = 1_000;

/** Stream 1 has been reset by the client, 3 is answered, 5 has the header section of its answer. */
function busy(): Harness {
  const harness = openSession();
  const [first] = harness.sent(3);
  harness.session.reset(first!);
  harness.receive(headers(3, status200, { endStream: true }), headers(5, status200));
  harness.wrote();
  return harness;
}

/** Bodies of 4 KB that wait for the windows of their streams; the connection's window is wide. */
function waitingStreams(): Harness {
  const harness = openSession({}, [[SettingId.initialWindowSize, 0]]);
  harness.sent(STREAMS, 4_096);
  harness.receive(windowUpdate(0, 0x7000_0000));
  harness.wrote();
  return harness;
}

/** Bodies of 4 KB that wait for the connection's window. */
function waitingConnection(): Harness {
  const harness = openSession();
  harness.sent(1, 65_535);
  harness.sent(STREAMS - 1, 4_096);
  harness.wrote();
  return harness;
}

function openStreams(): Harness {
  const harness = openSession();
  harness.sent(STREAMS);
  harness.wrote();
  return harness;
}

/** Many of a frame in each read. */
const many = (bytes: Uint8Array, count = 200) => {
  const read = Buffer.concat(Array.from({ length: count }, () => bytes));
  return () => read;
};
const raise = (size: number) => settings([SettingId.initialWindowSize, size]);
const pong = ping(new Uint8Array(8).fill(0xff), true);

/** `count` frames that differ, of the nth read. */
const each = (count: number, make: (i: number) => Uint8Array) => (nth: number) =>
  octets(...Array.from({ length: count }, (_, i) => make(nth * count + i)));

const answer = (nth: number) => headers(2 * nth + 1, status200, { endStream: true });

export const floods: readonly Flood[] = [
  { name: "empty SETTINGS", prepare: busy, read: many(settings()) },
  {
    name: "SETTINGS of 100 entries",
    prepare: busy,
    read: many(settings(...new Array(100).fill([SettingId.maxConcurrentStreams, 100])), 20),
  },
  {
    name: "SETTINGS that raise 1,000 windows by 1, 200 in a read",
    prepare: waitingStreams,
    read: each(200, (i) => raise(i + 1)),
  },
  {
    name: "SETTINGS that raise 1,000 windows by 1, each in a read",
    prepare: waitingStreams,
    read: (nth) => raise(nth + 1),
  },
  {
    name: "the same with the round trip that releases small pieces",
    prepare: waitingStreams,
    read: (nth) => octets(raise(nth + 1), pong),
  },
  {
    name: "SETTINGS that switch the header table off and on",
    prepare: busy,
    read: many(settings([SettingId.headerTableSize, 0], [SettingId.headerTableSize, 4_096])),
  },
  {
    name: "8 SETTINGS with each answer",
    prepare: openStreams,
    read: (nth) => octets(...new Array(8).fill(settings()), answer(nth)),
  },
  { name: "PING", prepare: busy, read: many(ping()) },
  { name: "PING acknowledgements", prepare: busy, read: many(ping(undefined, true)) },
  {
    name: "WINDOW_UPDATE of 1 on the connection, 999 bodies wait, each in a read",
    prepare: waitingConnection,
    read: () => windowUpdate(0, 1),
  },
  {
    name: "WINDOW_UPDATE of 1 on 1,000 streams, 200 in a read",
    prepare: waitingStreams,
    read: each(200, (i) => windowUpdate(2 * (i % STREAMS) + 1, 1)),
  },
  {
    name: "WINDOW_UPDATE of 1 on 1,000 streams, each in a read",
    prepare: waitingStreams,
    read: (nth) => windowUpdate(2 * (nth % STREAMS) + 1, 1),
  },
  {
    name: "GOAWAY that leaves out one stream more each time",
    prepare: openStreams,
    read: each(20, (i) => goaway(Math.max(0, 2 * STREAMS - 1 - 2 * i))),
  },
  { name: "PRIORITY", prepare: busy, read: many(priority(5)) },
  { name: "frames of unknown type", prepare: busy, read: many(frame(0xfa, 0xff, 0, "x")) },
  { name: "empty DATA", prepare: busy, read: many(data(5, "")) },
  { name: "DATA of 1 octet", prepare: busy, read: many(data(5, "x")) },
  { name: "DATA that is all padding", prepare: busy, read: many(data(5, "", { padding: 255 }), 50) },
  { name: "DATA on a stream that was reset", prepare: busy, read: many(data(1, "x")) },
  { name: "RST_STREAM on a closed stream", prepare: busy, read: many(rstStream(3, 0)) },
  { name: "RST_STREAM on each open stream", prepare: openStreams, read: (nth) => rstStream(2 * nth + 1, 7) },
  { name: "HEADERS on a stream that was reset", prepare: busy, read: many(headers(1, status200)) },
  {
    name: "HEADERS that refer to a large entry 16,000 times",
    prepare: () => {
      const harness = busy();
      harness.receive(headers(1, octets(status200, incremental("x", "v".repeat(4_000)))));
      return harness;
    },
    read: many(headers(1, Buffer.alloc(16_000, indexed(62)[0]!)), 1),
  },
  {
    name: "HEADERS that empty and fill the header table",
    prepare: busy,
    read: each(1, (i) =>
      headers(
        1,
        octets(
          tableSize(0),
          tableSize(4_096),
          ...Array.from({ length: 100 }, (_, n) => incremental(`x-${n}`, String(i))),
        ),
      ),
    ),
  },
  { name: "interim answers", prepare: openStreams, read: (nth) => headers(2 * (nth >> 3) + 1, status(103)) },
  {
    name: "malformed answers",
    prepare: openStreams,
    read: (nth) => headers(2 * nth + 1, block(["bad name", "x"])),
  },
  {
    name: "trailers of each answer, malformed",
    prepare: () => {
      const harness = openStreams();
      for (let nth = 0; nth < STREAMS; nth++) harness.receive(headers(2 * nth + 1, status200));
      return harness;
    },
    read: (nth) => headers(2 * nth + 1, block(["bad name", "x"]), { endStream: true }),
  },
  {
    name: "trailers on a stream that was reset",
    prepare: busy,
    read: many(headers(1, block(["x-trailer", "x"]), { endStream: true })),
  },
  {
    name: "HEADERS that are nearly all padding, on a stream that was reset",
    prepare: busy,
    read: many(headers(1, status200, { padding: 255 }), 50),
  },
  {
    name: "answers that are nearly all padding",
    prepare: openStreams,
    read: (nth) => headers(2 * nth + 1, status200, { padding: 255, endStream: true }),
  },
  {
    name: "answers in 16 empty CONTINUATION frames",
    prepare: openStreams,
    read: (nth) =>
      octets(
        headers(2 * nth + 1, status200, { endStream: true, endHeaders: false }),
        ...Array.from({ length: 15 }, () => continuation(2 * nth + 1, "", false)),
        continuation(2 * nth + 1, "", true),
      ),
  },
  {
    name: "CONTINUATION of 1 octet",
    prepare: () => {
      const harness = busy();
      harness.receive(headers(5, "", { endHeaders: false }));
      return harness;
    },
    read: many(continuation(5, "\x88", false), 1),
  },
];

/** What an honest server sends, for comparison. */
export const honest: Flood = { name: "answers", prepare: openStreams, read: answer };

/** What a flood did to a session. */
export interface FloodCost {
  readonly input: number;
  readonly output: number;
  /** The part of the output that is bodies of requests. */
  readonly bodyOctets: number;
  /** True when the session has had enough. */
  readonly ended: boolean;
}

/** Lets a flood loose until the session ends, or for so many octets and reads. */
export function unleash(
  { read }: Flood,
  { session }: Harness,
  most: { readonly octets: number; readonly reads: number },
): FloodCost {
  let input = 0;
  let output = 0;
  const before = session.waiting;
  for (let nth = 0; nth < most.reads && input < most.octets && session.state !== "closed"; nth++) {
    const bytes = read(nth);
    session.receive(bytes);
    input += bytes.length;
    for (let piece = session.takeOutput(); piece !== undefined; piece = session.takeOutput()) {
      output += piece.length;
      session.recycle(piece);
    }
  }
  return { input, output, bodyOctets: before - session.waiting, ended: session.state === "closed" };
}
