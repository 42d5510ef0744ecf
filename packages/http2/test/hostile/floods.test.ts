import { describe, expect, test } from "vitest";
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
  settingsAck,
  windowUpdate,
} from "../support/frames.ts";
import { incremental, status, status200, tableSize } from "../support/header-block.ts";
import { mustEqual, retainedBy } from "../support/memory.ts";
import { type Harness, openSession } from "../support/session.ts";

const MEGABYTE = 1_000_000;

/** Sends the frame until the session has enough of it; returns how many it took, and what it told last. */
function flood(harness: Harness, bytes: Uint8Array, most = 100_000): { frames: number; told: string } {
  const batch = Buffer.concat(Array.from({ length: 100 }, () => bytes));
  for (let frames = 0; frames < most; frames += 100) {
    const told = harness.told(batch).at(-1);
    if (harness.session.state === "closed") return { frames: frames + 100, told: told! };
  }
  return { frames: most, told: "still open" };
}

/** A session that has one stream reset by itself, one answered, and one that waits with its header section received. */
function busySession(): Harness {
  const harness = openSession();
  const [first] = harness.sent(3);
  harness.session.reset(first!);
  harness.receive(headers(3, status200, { endStream: true }), headers(5, status200));
  harness.wrote();
  return harness;
}

describe("floods of frames that carry nothing end the connection with ENHANCE_YOUR_CALM, in bounded memory", () => {
  const floods: [string, Uint8Array][] = [
    ["SETTINGS flood", settings()],
    [
      "SETTINGS flood with many entries",
      settings(...new Array(100).fill([SettingId.maxConcurrentStreams, 100])),
    ],
    ["SETTINGS acknowledgement flood", settingsAck],
    ["PING flood", ping()],
    ["PING acknowledgement flood", ping([0, 0, 0, 0, 0, 0, 0, 1], true)],
    ["empty DATA flood", data(5, "")],
    ["flood of DATA that is all padding", data(5, "", { padding: 255 })],
    ["WINDOW_UPDATE flood on the connection", windowUpdate(0, 1)],
    ["WINDOW_UPDATE flood on a stream", windowUpdate(5, 1)],
    ["WINDOW_UPDATE flood on a closed stream", windowUpdate(3, 1)],
    ["PRIORITY flood", priority(5)],
    ["PRIORITY flood on idle streams", priority(1_001)],
    ["unknown-frame flood", frame(0xfa, 0xff, 0, "x")],
    ["unknown-frame flood of large frames", frame(0xfa, 0, 5, new Uint8Array(10_000))],
    ["GOAWAY flood", goaway(0x7fff_ffff)],
    ["RST_STREAM flood on a closed stream", rstStream(3, 0)],
    ["HEADERS flood on a stream that was reset", headers(1, status200)],
    ["DATA flood on a stream that was reset", data(1, "x")],
  ];

  test.each(floods)("%s", (_, bytes) => {
    const harness = busySession();
    let outcome: ReturnType<typeof flood> | undefined;
    const retained = retainedBy(() => {
      outcome = flood(harness, bytes);
      return harness;
    });
    expect(outcome!.told).toBe("error code 11");
    expect(outcome!.frames).toBeLessThanOrEqual(10_100);
    // At most one PING's answer for each frame.
    expect(harness.session.outputLength).toBeLessThanOrEqual(10_000 * 17 + 17);
    expect(retained).toBeLessThan(2 * MEGABYTE);
    expect(harness.wrote().at(-1)).toBe("goaway last 0 code 11");
  });

  test("answers in between do not let a flood of eight or more frames for each go on for ever", () => {
    const harness = openSession();
    let answers = 0;
    while (harness.session.state === "open" && answers < 20_000) {
      const { id } = harness.post();
      harness.receive(
        ...Array.from({ length: 10 }, () => ping()),
        headers(id, status200, { endStream: true }),
      );
      harness.take();
      answers++;
    }
    expect(harness.session.state).toBe("closed");
    // 10 spent and 8 paid back with each.
    expect(answers).toBeLessThan(5_001);
  });

  test("a busy honest server, with a window update and a late reset for each answer, is never taken for a flood", () => {
    const harness = openSession();
    for (let i = 0; i < 30_000; i++) {
      const { id } = harness.post();
      harness.receive(
        windowUpdate(0, 1),
        windowUpdate(id, 1),
        headers(id, status200, { endStream: true }),
        rstStream(id, 0),
      );
      harness.take();
    }
    expect(harness.session.state).toBe("open");
  });
});

describe("CONTINUATION flood", () => {
  test.each([
    ["of empty frames", ""],
    ["of single octets", "\x88"],
    ["of full frames", "\x00".repeat(16_384)],
  ])("%s ends the connection with ENHANCE_YOUR_CALM after a few, in bounded memory", (_, part) => {
    const harness = openSession();
    harness.post();
    harness.wrote();
    let frames = 0;
    const retained = retainedBy(() => {
      harness.receive(headers(1, part, { endHeaders: false }));
      while (harness.session.state !== "closed" && frames < 1_000) {
        harness.receive(continuation(1, part, false));
        frames++;
      }
      return harness;
    });
    expect(frames).toBeLessThanOrEqual(17);
    expect(harness.wrote()).toEqual(["goaway last 0 code 11"]);
    expect(retained).toBeLessThan(MEGABYTE);
  });
});

describe("table-size ping-pong", () => {
  test("in header blocks keeps the table within its bound and breaks nothing", () => {
    const harness = openSession();
    const retained = retainedBy(() => {
      for (let i = 0; i < 3_000; i++) {
        const { id } = harness.post();
        const head = octets(
          tableSize(0),
          tableSize(4_096),
          status200,
          ...Array.from({ length: 20 }, (_, n) => incremental(`x-${n}`, `${i}-${"v".repeat(150)}`)),
        );
        mustEqual(harness.told(headers(id, head, { endStream: true })).length, 1);
        harness.take();
      }
      return harness;
    });
    expect(retained).toBeLessThan(MEGABYTE);
  });

  test("in SETTINGS ends the connection with ENHANCE_YOUR_CALM", () => {
    const harness = openSession();
    const pingPong = settings([SettingId.headerTableSize, 0], [SettingId.headerTableSize, 4_096]);
    expect(flood(harness, pingPong)).toEqual({ frames: 10_000, told: "error code 11" });
  });
});

describe("reset storm", () => {
  test("every request is reset by the server: nothing of it stays", () => {
    const harness = openSession();
    const retained = retainedBy(() => {
      for (let i = 0; i < 30_000; i++) {
        const { id } = harness.post({ length: 100 });
        mustEqual(harness.told(rstStream(id, 7), windowUpdate(0, 100)), [`failure ${id} reset code 7`]);
        harness.take();
        if (i % 1_000 === 0) harness.session.replenish();
      }
      return harness;
    });
    expect(harness.session.openStreams).toBe(0);
    expect(harness.session.waiting).toBe(0);
    expect(retained).toBeLessThan(MEGABYTE);
  });

  test("every answer makes this end reset: what is remembered of them is bounded", () => {
    const harness = openSession();
    const retained = retainedBy(() => {
      for (let i = 0; i < 30_000; i++) {
        const { id } = harness.post();
        mustEqual(harness.told(headers(id, status("abc"))), [`failure ${id} malformed code 1`]);
        harness.take();
      }
      return harness;
    });
    expect(harness.session.openStreams).toBe(0);
    expect(retained).toBeLessThan(2 * MEGABYTE);
  });
});

test("endless 1xx: the stream is given up after a few, memory stays bounded", () => {
  const harness = openSession();
  harness.post();
  let interim = 0;
  while (harness.session.openStreams > 0 && interim < 1_000) {
    interim++;
    harness.receive(headers(1, octets(status(103), incremental("link", "v".repeat(1_000)))));
  }
  expect(interim).toBe(17);
  expect(harness.wrote().at(-1)).toBe("rstStream 1 code 1");
  // What goes on coming on the closed stream is a flood like any other.
  expect(flood(harness, headers(1, status(103)))).toMatchObject({ told: "error code 11" });
});
