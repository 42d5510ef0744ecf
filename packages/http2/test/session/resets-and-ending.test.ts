import { describe, expect, test } from "vitest";
import { ErrorCode } from "../../src/index.ts";
import { data, goaway, headers, ping, rstStream, windowUpdate } from "../support/frames.ts";
import { block, status200 } from "../support/header-block.ts";
import { openSession } from "../support/session.ts";

describe("a reset by the server", () => {
  test("ends the stream with the server's code, registered or not", () => {
    const harness = openSession();
    const [first, second] = harness.posts(2);
    const events = harness.receive(rstStream(1, 7), rstStream(3, 0xdead_beef));
    expect(events).toMatchObject([
      { type: "failure", failure: "reset", errorCode: 7, stream: first, message: "reset by the server" },
      { type: "failure", failure: "reset", errorCode: 0xdead_beef, stream: second },
    ]);
  });

  test("in the middle of an answer is a failure too, whatever its code", () => {
    const harness = openSession();
    harness.post();
    expect(harness.told(headers(1, status200), data(1, "half"), rstStream(1, 0))).toEqual([
      "failure 1 reset code 0",
    ]);
  });

  test("with NO_ERROR after a whole answer ends nothing (RFC 9113 §8.1)", () => {
    const harness = openSession();
    harness.post();
    harness.wrote();
    expect(harness.told(headers(1, status200, { endStream: true }), rstStream(1, 0))).toEqual([
      "response 1 200 body ",
    ]);
    expect(harness.wrote()).toEqual([]);
  });
});

describe("a reset by this end", () => {
  test("frees the slot at once and tells the server CANCEL, or the code given", () => {
    const harness = openSession();
    const [first, second] = harness.posts(2);
    harness.wrote();
    harness.session.reset(first!);
    harness.session.reset(second!, ErrorCode.INTERNAL_ERROR);
    expect(harness.wrote()).toEqual(["rstStream 1 code 8", "rstStream 3 code 2"]);
    expect(first!.closed).toBe(true);
    expect(harness.session.openStreams).toBe(0);
  });

  test("does nothing to a stream that is closed", () => {
    const harness = openSession();
    const stream = harness.post();
    harness.receive(headers(1, status200, { endStream: true }));
    harness.wrote();
    harness.session.reset(stream);
    harness.session.reset(stream);
    expect(harness.wrote()).toEqual([]);
  });

  test("makes the late answer go unnoticed, all of it", () => {
    const harness = openSession();
    harness.session.reset(harness.sent(1)[0]!);
    harness.wrote();
    expect(
      harness.told(
        headers(1, status200),
        data(1, "late"),
        windowUpdate(1, 5),
        headers(1, block(["x-sum", "7"]), { endStream: true }),
        rstStream(1, 0),
      ),
    ).toEqual([]);
    expect(harness.wrote()).toEqual([]);
  });

  test("writes nothing once the session is closed, but closes the stream", () => {
    const harness = openSession();
    const stream = harness.post();
    harness.receive(data(0, ""));
    harness.wrote();
    harness.session.reset(stream);
    expect(stream.closed).toBe(true);
    expect(harness.session.openStreams).toBe(0);
    expect(harness.wrote()).toEqual([]);
  });
});

describe("PING", () => {
  test("of the server is answered with its own octets (RFC 9113 §6.7)", () => {
    const harness = openSession();
    expect(harness.told(ping([9, 8, 7, 6, 5, 4, 3, 2]))).toEqual([]);
    expect(harness.wrote()).toEqual(["ping ack 0908070605040302"]);
  });

  test("of this end comes back as a pong with its number", () => {
    const harness = openSession();
    for (const payload of [0, 1, 2 ** 48 - 1]) {
      harness.session.ping(payload);
      const octets = Buffer.alloc(8);
      octets.writeUIntBE(payload, 2, 6);
      expect(harness.wrote()).toEqual([`ping ${octets.toString("hex")}`]);
      expect(harness.told(ping(octets, true))).toEqual([`pong ${payload}`]);
    }
    expect(harness.wrote()).toEqual([]);
  });

  test("an answer that nobody asked for tells nothing, and a second answer neither", () => {
    const harness = openSession();
    expect(harness.told(ping([0, 0, 0, 0, 0, 0, 0, 1], true))).toEqual([]);
    harness.session.ping(1);
    expect(harness.told(ping([0, 0, 0, 0, 0, 0, 0, 1], true))).toEqual(["pong 1"]);
    expect(harness.told(ping([0, 0, 0, 0, 0, 0, 0, 1], true))).toEqual([]);
  });

  test("is answered while the session is going away", () => {
    const harness = openSession();
    harness.receive(goaway(0));
    harness.receive(ping());
    expect(harness.wrote()).toEqual(["ping ack 0001020304050607"]);
  });
});

describe("abandoning the session", () => {
  test("sends GOAWAY and gives back the streams that were open, closed", () => {
    const harness = openSession();
    const streams = harness.posts(3);
    harness.receive(headers(3, status200, { endStream: true }));
    harness.wrote();
    expect(harness.session.abandon()).toEqual([streams[0], streams[2]]);
    expect(streams.every(({ closed }) => closed)).toBe(true);
    expect(harness.wrote()).toEqual(["goaway last 0 code 0"]);
    expect(harness.session.state).toBe("closed");
    expect(harness.session.openStreams).toBe(0);
  });

  test("with a code tells the server that code", () => {
    const harness = openSession();
    harness.session.abandon(ErrorCode.ENHANCE_YOUR_CALM);
    expect(harness.wrote()).toEqual(["goaway last 0 code 11"]);
  });

  test("twice, or after an error, sends no second GOAWAY", () => {
    const harness = openSession();
    const stream = harness.post();
    harness.wrote();
    harness.receive(data(0, ""));
    expect(harness.session.abandon()).toEqual([stream]);
    expect(harness.session.abandon()).toEqual([]);
    expect(harness.wrote()).toEqual(["goaway last 0 code 1"]);
  });

  test("takes no more input", () => {
    const harness = openSession();
    harness.post();
    harness.session.abandon();
    harness.wrote();
    expect(harness.told(headers(1, status200, { endStream: true }), ping())).toEqual([]);
    expect(harness.wrote()).toEqual([]);
  });
});
