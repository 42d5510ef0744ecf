import { describe, expect, test } from "vitest";
import { goaway, headers, octets, ping, SettingId, settings, windowUpdate } from "../support/frames.ts";
import { status200 } from "../support/header-block.ts";
import { type Harness, openSession } from "../support/session.ts";

/** A server that opens windows octet by octet wants many small DATA frames, and much work for each octet that it sends. */

const STREAMS = 1_000;
const pong = ping(new Uint8Array(8).fill(0xff), true);

/** Bodies of 4 KB that wait for the windows of their streams. */
function waiting(streams = STREAMS): Harness {
  const harness = openSession({}, [[SettingId.initialWindowSize, 0]]);
  harness.sent(streams, 4_096);
  harness.receive(windowUpdate(0, 0x7000_0000));
  harness.wrote();
  return harness;
}

const raise = (size: number) => settings([SettingId.initialWindowSize, size]);

describe("61 KB of SETTINGS that raise the windows by one octet each time", () => {
  test("in one read make no more output than the bodies and the acknowledgements", () => {
    const harness = waiting();
    harness.receive(octets(...Array.from({ length: 4_096 }, (_, i) => raise(i + 1))));
    expect(harness.take().length).toBe(STREAMS * (4_096 + 9) + 4_096 * 9);
  });

  test("in reads of their own make few frames, of a useful size, for a few bodies", () => {
    const harness = waiting(10);
    let dataFrames = 0;
    for (let size = 1; size <= 4_096; size++) {
      harness.receive(raise(size));
      dataFrames += harness.wrote().filter((line) => line.startsWith("data")).length;
    }
    expect(harness.session.state).toBe("open");
    expect(harness.session.waiting).toBe(0);
    // 4,096 of one octet each would be allowed. The first ones are small because the windows are.
    expect(dataFrames / 10).toBeLessThan(40);
  });

  test.each([
    ["alone", []],
    ["with round trips, which release what is held back", [pong]],
  ])("in reads of their own, %s, end the connection before a thousand bodies cost much", (_, also) => {
    const harness = waiting();
    const bodies = harness.session.waiting;
    let input = 0;
    let output = 0;
    for (let size = 1; size <= 12_000 && harness.session.state === "open"; size++) {
      const read = octets(raise(size), ...also);
      harness.receive(read);
      input += read.length;
      output += harness.take().length;
    }
    expect(harness.session.state).toBe("closed");
    // 37 MB would be allowed. Octets of bodies are progress.
    expect(output - (bodies - harness.session.waiting)).toBeLessThan(Math.max(200_000, 2 * input));
  });
});

test("between two round trips, a thousand bodies make eight tiny frames, however often their windows grow", () => {
  const harness = waiting();
  const tiny: string[] = [];
  for (let size = 1; size <= 60; size++) {
    harness.receive(raise(size));
    tiny.push(...harness.wrote().filter((line) => line.startsWith("data")));
  }
  expect(tiny).toHaveLength(8);
  harness.receive(pong);
  expect(harness.wrote().filter((line) => line.startsWith("data"))).toHaveLength(8);
});

test("eight SETTINGS with each answer use up the budget", () => {
  const harness = openSession();
  let answers = 0;
  while (harness.session.state === "open" && answers < 20_000) {
    const [stream] = harness.sent(1);
    harness.receive(
      ...Array.from({ length: 8 }, () => settings()),
      headers(stream!.id, status200, { endStream: true }),
    );
    harness.take();
    answers++;
  }
  expect(harness.session.state).toBe("closed");
  expect(answers).toBeLessThanOrEqual(1_250);
});

test("a SETTINGS frame with each answer, as an honest server may send, uses up nothing over a minute", () => {
  const harness = openSession();
  for (let i = 0; i < 20_000; i++) {
    const [stream] = harness.sent(1);
    const bytes = octets(settings(), headers(stream!.id, status200, { endStream: true }));
    harness.session.receive(bytes, i * 10);
    harness.take();
  }
  expect(harness.session.state).toBe("open");
});

test("replies that the server does not read end the connection before they fill the memory, however slowly it asks", () => {
  const { session } = openSession();
  let asked = 0;
  for (; session.state === "open" && asked < 100_000; asked++) session.receive(ping(), asked * 10_000);
  expect(session.state).toBe("closed");
  expect(session.outputLength).toBeLessThan(300_000);
});

describe("GOAWAY that leaves out one stream after the other", () => {
  test("gives back each stream once, in order", () => {
    const harness = openSession();
    harness.sent(STREAMS);
    harness.wrote();
    const given: number[] = [];
    for (let id = 2 * STREAMS - 3; id >= 0; id -= 2) {
      for (const event of harness.receive(goaway(id))) {
        if (event.type === "goaway") given.push(...event.unprocessed.map((stream) => stream.id));
      }
    }
    expect(given).toEqual(Array.from({ length: STREAMS - 1 }, (_, i) => 2 * STREAMS - 1 - 2 * i));
    expect(harness.session.openStreams).toBe(1);
  });
});

describe("windows that nearly pass 2³¹ − 1", () => {
  test("a stream that has ended no longer limits the initial window", () => {
    const harness = openSession({}, [[SettingId.initialWindowSize, 1_000]]);
    const [first] = harness.sent(2);
    harness.receive(windowUpdate(1, 0x7fff_0000));
    harness.session.reset(first!);
    harness.wrote();
    expect(harness.told(raise(0x7fff_ffff))).toEqual(["settings"]);
  });

  test("one that is open still does, by a single octet, however often the setting changes", () => {
    const harness = openSession({}, [[SettingId.initialWindowSize, 0]]);
    harness.sent(2);
    harness.receive(windowUpdate(3, 5));
    for (let i = 0; i < 3; i++) {
      expect(harness.told(raise(0x7fff_ffff - 5), raise(10))).toEqual(["settings", "settings"]);
    }
    expect(harness.told(raise(0x7fff_ffff - 4))).toEqual(["error code 3"]);
  });
});
