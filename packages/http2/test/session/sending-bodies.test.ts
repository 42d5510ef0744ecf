import { describe, expect, test } from "vitest";
import { goaway, headers, rstStream, SettingId, settings, windowUpdate } from "../support/frames.ts";
import { status200 } from "../support/header-block.ts";
import { type Harness, openSession } from "../support/session.ts";

/** The DATA frames that were written, other frames left out. */
function sent(harness: Harness): string[] {
  return harness.wrote().filter((line) => line.startsWith("data"));
}

const initialWindow = (size: number) => settings([SettingId.initialWindowSize, size]);

describe("a body that is larger than a window", () => {
  test("is sent as far as the stream's window goes, and on as it is widened (RFC 9113 §6.9)", () => {
    const harness = openSession({}, [[SettingId.initialWindowSize, 10]]);
    const stream = harness.post({ length: 25 });
    expect(sent(harness)).toEqual(["data 1 10 octets"]);
    expect(stream.unsent).toBe(15);
    expect(harness.session.waiting).toBe(15);
    harness.receive(windowUpdate(1, 4));
    expect(sent(harness)).toEqual(["data 1 4 octets"]);
    harness.receive(windowUpdate(1, 100));
    expect(sent(harness)).toEqual(["data 1 END 11 octets"]);
    expect(harness.session.waiting).toBe(0);
  });

  test("waits for the connection's window too, oldest stream first", () => {
    const harness = openSession();
    harness.post({ length: 60_000 });
    harness.post({ length: 10_000 });
    harness.post({ length: 10_000 });
    expect(sent(harness)).toEqual([
      "data 1 16384 octets",
      "data 1 16384 octets",
      "data 1 16384 octets",
      "data 1 END 10848 octets",
      "data 3 5535 octets",
    ]);
    expect(harness.session.sendWindow).toBe(-14_465);
    harness.receive(windowUpdate(0, 5_000));
    expect(sent(harness)).toEqual(["data 3 END 4465 octets", "data 5 535 octets"]);
    harness.receive(windowUpdate(0, 0x7fff_0000));
    expect(sent(harness)).toEqual(["data 5 END 9465 octets"]);
  });

  test("a stream whose own window is shut does not hold up the others", () => {
    const harness = openSession({}, [[SettingId.initialWindowSize, 5]]);
    harness.posts(2, 10);
    expect(sent(harness)).toEqual(["data 1 5 octets", "data 3 5 octets"]);
    harness.receive(windowUpdate(3, 5));
    expect(sent(harness)).toEqual(["data 3 END 5 octets"]);
  });

  test("an empty body needs no window at all", () => {
    const harness = openSession({}, [[SettingId.initialWindowSize, 0]]);
    harness.post();
    expect(harness.wrote()).toHaveLength(1);
    harness.post({ length: 1 });
    expect(sent(harness)).toEqual([]);
    expect(harness.session.waiting).toBe(1);
  });

  test("is cut into frames of 16,384 octets, whatever larger ones the peer would take", () => {
    const harness = openSession({}, [[SettingId.maxFrameSize, 1_000_000]]);
    harness.post({ length: 40_000 });
    expect(sent(harness)).toEqual(["data 1 16384 octets", "data 1 16384 octets", "data 1 END 7232 octets"]);
  });

  test("comes out octet for octet", () => {
    const harness = openSession({}, [[SettingId.initialWindowSize, 7]]);
    const body = Buffer.from(Array.from({ length: 100 }, (_, i) => i));
    harness.post({ content: body });
    const parts: Buffer[] = [];
    const collect = () => {
      const output = harness.session.takeOutput()!;
      for (let at = 0; at < output.length; ) {
        const length = output.readUIntBE(at, 3);
        if (output[at + 3] === 0) parts.push(Buffer.from(output.subarray(at + 9, at + 9 + length)));
        at += 9 + length;
      }
    };
    collect();
    for (let i = 0; i < 14; i++) {
      harness.receive(windowUpdate(1, 7));
      collect();
    }
    expect(Buffer.concat(parts)).toEqual(body);
  });
});

describe("a changed INITIAL_WINDOW_SIZE (RFC 9113 §6.9.2)", () => {
  test("widens the windows of open streams, which go on at once", () => {
    const harness = openSession({}, [[SettingId.initialWindowSize, 10]]);
    harness.posts(2, 30);
    sent(harness);
    harness.receive(initialWindow(25));
    expect(sent(harness)).toEqual(["data 1 15 octets", "data 3 15 octets"]);
  });

  test("may make windows negative: they must be filled up before anything is sent", () => {
    const harness = openSession({}, [[SettingId.initialWindowSize, 20]]);
    const stream = harness.post({ length: 50 });
    sent(harness);
    harness.receive(initialWindow(5));
    expect(stream.sendWindow).toBe(-15);
    harness.receive(windowUpdate(1, 15));
    expect(sent(harness)).toEqual([]);
    harness.receive(windowUpdate(1, 1));
    expect(sent(harness)).toEqual(["data 1 1 octets"]);
    harness.receive(initialWindow(4));
    expect(stream.sendWindow).toBe(-1);
    harness.receive(initialWindow(30));
    expect(sent(harness)).toEqual(["data 1 25 octets"]);
  });

  test("does not touch the connection's window", () => {
    const harness = openSession();
    expect(harness.session.sendWindow).toBe(65_535);
    harness.receive(initialWindow(10));
    expect(harness.session.sendWindow).toBe(65_535);
  });

  test("holds for new streams", () => {
    const harness = openSession();
    harness.receive(initialWindow(3));
    expect(harness.post().sendWindow).toBe(3);
  });

  test("that makes a window pass 2³¹ − 1 is FLOW_CONTROL_ERROR for the connection", () => {
    const harness = openSession();
    harness.post({ length: 1 });
    harness.receive(windowUpdate(1, 0x7fff_ffff - 65_534));
    harness.wrote();
    expect(harness.told(initialWindow(65_536))).toEqual(["error code 3"]);
    expect(harness.wrote()).toEqual(["goaway last 0 code 3"]);
  });
});

describe("WINDOW_UPDATE that breaks a rule (RFC 9113 §6.9, §6.9.1)", () => {
  test("of 0 for a stream resets it with PROTOCOL_ERROR", () => {
    const harness = openSession();
    harness.post();
    harness.wrote();
    expect(harness.told(windowUpdate(1, 0))).toEqual(["failure 1 flow-control code 1"]);
    expect(harness.wrote()).toEqual(["rstStream 1 code 1"]);
  });

  test("of 0 for the connection ends it with PROTOCOL_ERROR", () => {
    expect(openSession().told(windowUpdate(0, 0))).toEqual(["error code 1"]);
  });

  test("past 2³¹ − 1 for a stream resets it with FLOW_CONTROL_ERROR", () => {
    const harness = openSession();
    harness.post();
    harness.wrote();
    expect(harness.told(windowUpdate(1, 0x7fff_ffff - 65_535))).toEqual([]);
    expect(harness.told(windowUpdate(1, 1))).toEqual(["failure 1 flow-control code 3"]);
    expect(harness.wrote()).toEqual(["rstStream 1 code 3"]);
    expect(harness.session.state).toBe("open");
  });

  test("past 2³¹ − 1 for the connection ends it with FLOW_CONTROL_ERROR", () => {
    const harness = openSession();
    expect(harness.told(windowUpdate(0, 0x7fff_ffff - 65_535))).toEqual([]);
    expect(harness.session.sendWindow).toBe(0x7fff_ffff);
    expect(harness.told(windowUpdate(0, 1))).toEqual(["error code 3"]);
  });
});

describe("a body that is not wanted any more is forgotten, and its window is free for others", () => {
  const full = () => {
    const harness = openSession();
    const streams = harness.posts(2, 60_000);
    harness.wrote();
    expect(harness.session.waiting).toBe(54_465);
    return { harness, streams };
  };

  test("when the answer comes early: the rest is not sent, the stream is reset (RFC 9113 §8.1)", () => {
    const { harness } = full();
    expect(harness.told(headers(3, status200, { endStream: true }))).toEqual(["response 3 200 body "]);
    expect(harness.wrote()).toEqual(["rstStream 3 code 8"]);
    expect(harness.session.waiting).toBe(0);
    expect(harness.told(rstStream(3, 0))).toEqual([]);
    harness.receive(windowUpdate(0, 100_000));
    expect(sent(harness)).toEqual([]);
  });

  test("not yet when only the header section has come", () => {
    const { harness } = full();
    harness.receive(headers(3, status200));
    expect(harness.session.waiting).toBe(54_465);
    harness.receive(windowUpdate(0, 1_000));
    expect(sent(harness)).toEqual(["data 3 1000 octets"]);
  });

  test("when the server resets the stream", () => {
    const { harness } = full();
    expect(harness.told(rstStream(3, 7))).toEqual(["failure 3 reset code 7"]);
    expect(harness.wrote()).toEqual([]);
    expect(harness.session.waiting).toBe(0);
  });

  test("when this end resets it", () => {
    const { harness, streams } = full();
    harness.session.reset(streams[1]!);
    expect(harness.wrote()).toEqual(["rstStream 3 code 8"]);
    expect(harness.session.waiting).toBe(0);
  });

  test("when a GOAWAY leaves it out", () => {
    const { harness } = full();
    expect(harness.told(goaway(1))).toEqual(["goaway last 1 code 0 unprocessed [3] "]);
    expect(harness.session.waiting).toBe(0);
    harness.receive(windowUpdate(0, 100_000));
    expect(sent(harness)).toEqual([]);
  });

  test("when the session is abandoned", () => {
    const { harness } = full();
    harness.session.abandon();
    expect(harness.session.waiting).toBe(0);
  });
});

test("a body goes on being sent after GOAWAY if its stream was spared", () => {
  const harness = openSession({}, [[SettingId.initialWindowSize, 5]]);
  harness.post({ length: 10 });
  harness.receive(goaway(1));
  harness.wrote();
  harness.receive(windowUpdate(1, 5));
  expect(sent(harness)).toEqual(["data 1 END 5 octets"]);
});
