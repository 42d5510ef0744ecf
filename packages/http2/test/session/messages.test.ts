import { expect, test } from "vitest";
import {
  continuation,
  data,
  frame,
  goaway,
  headers,
  octets,
  ping,
  settings,
  windowUpdate,
} from "../support/frames.ts";
import { block, status, status200 } from "../support/header-block.ts";
import { openSession } from "../support/session.ts";

/** What an operator reads in a log: it has to say what was wrong, in words without anything that was sent. */
const messages: [message: string, frames: readonly Uint8Array[]][] = [
  ["a header block was interrupted (PROTOCOL_ERROR)", [headers(1, status200, { endHeaders: false }), ping()]],
  ["PUSH_PROMISE although push is switched off (PROTOCOL_ERROR)", [frame(5, 4, 1, [0, 0, 0, 2])]],
  ["HEADERS on stream 9, which was never opened (PROTOCOL_ERROR)", [headers(9, status200)]],
  ["DATA on stream 9, which was never opened (PROTOCOL_ERROR)", [data(9, "x")]],
  ["RST_STREAM on stream 9, which was never opened (PROTOCOL_ERROR)", [frame(3, 0, 9, [0, 0, 0, 0])]],
  ["WINDOW_UPDATE on stream 9, which was never opened (PROTOCOL_ERROR)", [windowUpdate(9, 1)]],
  ["HEADERS on stream 3, which has ended (STREAM_CLOSED)", [headers(3, status200)]],
  ["DATA on stream 3, which has ended (STREAM_CLOSED)", [data(3, "x")]],
  ["HEADERS of 2 octets (FRAME_SIZE_ERROR)", [frame(1, 0x24, 1, [0, 0])]],
  ["HEADERS is all padding (PROTOCOL_ERROR)", [frame(1, 0xc, 1, [9, 0])]],
  ["DATA is all padding (PROTOCOL_ERROR)", [frame(0, 8, 1, [9, 0])]],
  ["padded frame without a pad length (FRAME_SIZE_ERROR)", [frame(0, 8, 1)]],
  ["CONTINUATION without HEADERS (PROTOCOL_ERROR)", [continuation(1, "")]],
  ["RST_STREAM of 3 octets (FRAME_SIZE_ERROR)", [frame(3, 0, 1, [0, 0, 0])]],
  ["WINDOW_UPDATE of 3 octets (FRAME_SIZE_ERROR)", [frame(8, 0, 1, [0, 0, 0])]],
  ["WINDOW_UPDATE of 0 (PROTOCOL_ERROR)", [windowUpdate(0, 0)]],
  ["the connection's window passes 2³¹ − 1 (FLOW_CONTROL_ERROR)", [windowUpdate(0, 0x7fff_ffff)]],
  ["SETTINGS on a stream (PROTOCOL_ERROR)", [frame(4, 0, 1)]],
  ["SETTINGS of 5 octets (FRAME_SIZE_ERROR)", [frame(4, 0, 0, [0, 0, 0, 0, 0])]],
  ["SETTINGS with ACK of 6 octets (FRAME_SIZE_ERROR)", [frame(4, 1, 0, [0, 0, 0, 0, 0, 0])]],
  ["server sent ENABLE_PUSH 1 (PROTOCOL_ERROR)", [settings([2, 1])]],
  ["INITIAL_WINDOW_SIZE 2147483648 is over 2³¹ − 1 (FLOW_CONTROL_ERROR)", [settings([4, 0x8000_0000])]],
  ["MAX_FRAME_SIZE 1 is out of range (PROTOCOL_ERROR)", [settings([5, 1])]],
  [
    "INITIAL_WINDOW_SIZE makes a window pass 2³¹ − 1 (FLOW_CONTROL_ERROR)",
    [windowUpdate(1, 1_000_000), settings([4, 0x7fff_ffff])],
  ],
  ["PING of 3 octets (FRAME_SIZE_ERROR)", [frame(6, 0, 0, [0, 0, 0])]],
  ["PING on a stream (PROTOCOL_ERROR)", [frame(6, 0, 1, new Uint8Array(8))]],
  ["GOAWAY on a stream (PROTOCOL_ERROR)", [frame(7, 0, 1, new Uint8Array(8))]],
  ["GOAWAY of 3 octets (FRAME_SIZE_ERROR)", [frame(7, 0, 0, [0, 0, 0])]],
  ["PRIORITY without a stream (PROTOCOL_ERROR)", [frame(2, 0, 0, new Uint8Array(5))]],
  ["PRIORITY of 3 octets (FRAME_SIZE_ERROR)", [frame(2, 0, 1, new Uint8Array(3))]],
  ["HPACK: index 0 (COMPRESSION_ERROR)", [headers(1, [0x80])]],
  [
    "more than 2 CONTINUATION frames (ENHANCE_YOUR_CALM)",
    [headers(1, "", { endHeaders: false }), ...[1, 2, 3].map(() => continuation(1, "", false))],
  ],
  ["header block of more than 500 octets (ENHANCE_YOUR_CALM)", [headers(1, new Uint8Array(501))]],
  [
    "more than 20 frames without an answer in too short a time, the last one PING (ENHANCE_YOUR_CALM)",
    new Array(21).fill(ping()),
  ],
  [
    "more than 20 frames without an answer in too short a time, the last one SETTINGS (ENHANCE_YOUR_CALM)",
    new Array(21).fill(settings()),
  ],
  [
    "more than 20 frames without an answer in too short a time, the last one WINDOW_UPDATE (ENHANCE_YOUR_CALM)",
    new Array(21).fill(windowUpdate(0, 1)),
  ],
  [
    "more than 20 frames without an answer in too short a time, the last one GOAWAY (ENHANCE_YOUR_CALM)",
    new Array(21).fill(goaway(1)),
  ],
  [
    "more than 20 frames without an answer in too short a time, the last one PRIORITY (ENHANCE_YOUR_CALM)",
    new Array(21).fill(frame(2, 0, 1, [0, 0, 0, 0, 0])),
  ],
  [
    "more than 20 frames without an answer in too short a time, the last one of unknown type (ENHANCE_YOUR_CALM)",
    new Array(21).fill(frame(99, 0, 1)),
  ],
  [
    "more than 20 frames without an answer in too short a time, the last one an empty DATA (ENHANCE_YOUR_CALM)",
    [headers(1, status200), ...new Array(21).fill(data(1, ""))],
  ],
  [
    "more than 20 frames without an answer in too short a time, the last one RST_STREAM for a closed stream (ENHANCE_YOUR_CALM)",
    new Array(21).fill(frame(3, 0, 3, [0, 0, 0, 0])),
  ],
  [
    "more than 20 frames without an answer in too short a time, the last one DATA for a closed stream (ENHANCE_YOUR_CALM)",
    new Array(21).fill(data(5, "x")),
  ],

  ["an answer must begin with :status", [headers(1, block(["server", "x"]))]],
  ["status is not a number from 100 to 599", [headers(1, status("abc"))]],
  ["101 does not exist in HTTP/2", [headers(1, status(101))]],
  ["an interim answer ends the stream", [headers(1, status(100), { endStream: true })]],
  ["more than 1 interim answers", [headers(1, status(100)), headers(1, status(100))]],
  ["a second header section that does not end the stream", [headers(1, status200), headers(1, status200)]],
  ["DATA before HEADERS", [data(1, "x")]],
  ["content-length is not a number", [headers(1, octets(status200, block(["content-length", "x"])))]],
  [
    "two values of content-length",
    [headers(1, octets(status200, block(["content-length", "1"], ["content-length", "2"])))],
  ],
  [
    "body of 2 octets, content-length says 1",
    [headers(1, octets(status200, block(["content-length", "1"]))), data(1, "xx", { endStream: true })],
  ],
  ["a header name has a character that is not allowed", [headers(1, octets(status200, block(["X", "x"])))]],
  ["header upgrade has no place in HTTP/2", [headers(1, octets(status200, block(["upgrade", "x"])))]],
  [
    "value of header x has a character that is not allowed",
    [headers(1, octets(status200, block(["x", "\n"])))],
  ],
  ["header list of more than 300 octets", [headers(1, octets(status200, block(["x", "v".repeat(300)])))]],
  ["body of more than 10 octets", [headers(1, status200), data(1, new Uint8Array(11))]],
  ["WINDOW_UPDATE of 0", [windowUpdate(1, 0)]],
  ["the stream's window passes 2³¹ − 1", [windowUpdate(1, 0x7fff_ffff)]],
  ["reset by the server", [frame(3, 0, 1, [0, 0, 0, 2])]],
];

test.each(messages)("%s", (message, frames) => {
  const harness = openSession({
    maxContinuations: 2,
    maxHeaderBlockLength: 500,
    maxHeaderListSize: 300,
    maxControlFrames: 20,
    maxInterimResponses: 1,
    maxBodyLength: 10,
  });
  const streams = harness.sent(3);
  harness.receive(headers(3, status200, { endStream: true }));
  harness.session.reset(streams[2]!);
  const last = harness.receive(...frames).at(-1);
  if (last?.type === "error") expect(last.error.message).toBe(message);
  else expect(last).toMatchObject({ type: "failure", message });
});
