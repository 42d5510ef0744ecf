import { describe, expect, test } from "vitest";
import { ClientSession, defaultSettings, FieldError } from "../../src/index.ts";
import { Flags, frame, octets, ping, SettingId, settings, settingsAck, uint32 } from "../support/frames.ts";
import { Harness, openSession } from "../support/session.ts";
import { parseFrames } from "../support/wire.ts";

describe("this end's preface (RFC 9113 §3.4)", () => {
  test("is the magic, then SETTINGS without push, then the rest of the connection's window", () => {
    const session = new ClientSession({ authority: "example.com" });
    const magic = "505249202a20485454502f322e300d0a0d0a534d0d0a0d0a";
    expect(session.takeOutput()).toEqual(
      octets(
        Buffer.from(magic, "hex"),
        settings(
          [SettingId.headerTableSize, 4_096],
          [SettingId.enablePush, 0],
          [SettingId.initialWindowSize, 65_535],
          [SettingId.maxHeaderListSize, 16_384],
        ),
        frame(8, 0, 0, uint32(1_048_576 - 65_535)),
      ),
    );
    expect(session.takeOutput()).toBeUndefined();
  });

  test("says what the options say, and widens no window that has its default", () => {
    const session = new ClientSession({
      authority: "example.com",
      headerTableSize: 0,
      streamWindow: 100_000,
      connectionWindow: 65_535,
      maxHeaderListSize: 8_000,
    });
    const frames = parseFrames(session.takeOutput());
    expect(frames).toHaveLength(1);
    expect(frames[0]!.payload).toEqual(
      settings(
        [SettingId.headerTableSize, 0],
        [SettingId.enablePush, 0],
        [SettingId.initialWindowSize, 100_000],
        [SettingId.maxHeaderListSize, 8_000],
      ).subarray(9),
    );
  });

  test("an authority that is no host with an optional port is refused, and not repeated", () => {
    for (const authority of [
      "",
      "user@host",
      "a b",
      "host\r\nx: y",
      "host/path",
      "höst",
      "a?b",
      "a#b",
      "a\\b",
      7,
    ]) {
      expect(() => new ClientSession({ authority: authority as string })).toThrow(FieldError);
    }
    for (const authority of [
      "api.push.apple.com",
      "localhost:8443",
      "127.0.0.1:1",
      "[::1]:443",
      "under_score",
    ]) {
      expect(() => new ClientSession({ authority })).not.toThrow();
    }
  });
});

describe("the server's preface", () => {
  test("opens the session, is acknowledged and told", () => {
    const harness = new Harness();
    harness.session.takeOutput();
    expect(harness.session.state).toBe("awaiting-settings");
    expect(harness.session.freeStreams).toBe(0);
    expect(() => harness.post()).toThrow("no stream is free");
    expect(harness.told(settings([SettingId.maxConcurrentStreams, 7]))).toEqual(["settings"]);
    expect(harness.session.state).toBe("open");
    expect(harness.session.freeStreams).toBe(7);
    expect(harness.wrote()).toEqual(["settings ack"]);
  });

  test("may be empty: the defaults hold", () => {
    const harness = openSession();
    expect(harness.session.remoteSettings).toEqual(defaultSettings);
    expect(harness.session.freeStreams).toBe(1_000);
  });

  test.each([
    ["an acknowledgement", settingsAck],
    ["PING", ping()],
    ["WINDOW_UPDATE", frame(8, 0, 0, uint32(1))],
    ["an unknown frame", frame(0x20, 0, 0)],
    ["HTTP/1.1", octets("HTTP/1.1 400 Bad Request\r\nServer: x\r\nConnection: close\r\n\r\n")],
  ])("that is %s is a connection error", (name, bytes) => {
    const harness = new Harness();
    harness.session.takeOutput();
    // "HTTP" read as a frame header is a length of four megabytes.
    const code = name === "HTTP/1.1" ? 6 : 1;
    expect(harness.told(bytes)).toEqual([`error code ${code}`]);
    expect(harness.wrote()).toEqual([`goaway last 0 code ${code}`]);
    expect(harness.session.state).toBe("closed");
  });

  test("may be replaced by a GOAWAY, which says why the server does not want this client", () => {
    const harness = new Harness();
    const debug = JSON.stringify({ reason: "BadCertificate" });
    const bytes = frame(7, 0, 0, octets(uint32(0), uint32(0), debug));
    expect(harness.told(bytes)).toEqual([`goaway last 0 code 0 unprocessed [] ${debug}`]);
    expect(harness.session.state).toBe("going-away");
    expect(harness.told(settings())).toEqual(["settings"]);
    expect(harness.session.state).toBe("going-away");
    expect(harness.session.freeStreams).toBe(0);
  });

  test("is SETTINGS with ACK and something else in it: still an error", () => {
    const harness = new Harness();
    expect(harness.told(frame(4, Flags.ack, 0, [0, 3, 0, 0, 0, 1]))).toEqual(["error code 1"]);
  });
});
