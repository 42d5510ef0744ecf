import { describe, expect, test } from "vitest";
import { data, headers } from "../support/frames.ts";
import { status200 } from "../support/header-block.ts";
import { openSession } from "../support/session.ts";

const large = new Uint8Array(16_384);

describe("the connection's window", () => {
  test("is granted anew when half of it is used up, over all streams", () => {
    const harness = openSession({ connectionWindow: 100_000 });
    harness.posts(4);
    for (const id of [1, 3, 5]) harness.receive(headers(id, status200), data(id, large));
    harness.wrote();
    harness.receive(headers(7, status200), data(7, Buffer.alloc(847)));
    expect(harness.wrote()).toEqual([]);
    harness.receive(data(7, "x"));
    expect(harness.wrote()).toEqual(["windowUpdate 0 +50000"]);
  });

  test("is granted again and again as long as a body goes on", () => {
    const harness = openSession({
      connectionWindow: 65_535,
      streamWindow: 0x7fff_ffff,
      maxBodyLength: 0x7fff_ffff,
    });
    harness.post();
    harness.receive(headers(1, status200));
    harness.wrote();
    for (let i = 0; i < 50; i++) expect(harness.told(data(1, large))).toEqual([]);
    expect(harness.wrote()).toEqual(new Array(25).fill("windowUpdate 0 +32768"));
  });

  test("counts padding and the pad length (RFC 9113 §6.1)", () => {
    const harness = openSession({ connectionWindow: 65_535 });
    harness.post();
    harness.receive(headers(1, status200));
    harness.wrote();
    for (let i = 0; i < 127; i++) harness.receive(data(1, "x", { padding: 255 }));
    expect(harness.wrote()).toEqual([]);
    // 128 × 257 = 32,896 octets are more than half of 65,535.
    harness.receive(data(1, "x", { padding: 255 }));
    expect(harness.wrote()).toContain("windowUpdate 0 +32896");
  });

  test("counts and grants DATA for streams that this end has reset (RFC 9113 §5.1)", () => {
    const harness = openSession({ connectionWindow: 65_535 });
    harness.session.reset(harness.sent(1)[0]!);
    harness.wrote();
    expect(harness.told(data(1, large), data(1, large))).toEqual([]);
    expect(harness.wrote()).toEqual(["windowUpdate 0 +32768"]);
  });
});

describe("a stream's window", () => {
  test("is granted anew when half of it is used up", () => {
    const harness = openSession();
    harness.post();
    harness.receive(headers(1, status200));
    harness.wrote();
    harness.receive(data(1, large));
    expect(harness.wrote()).toEqual([]);
    harness.receive(data(1, large));
    expect(harness.wrote()).toEqual(["windowUpdate 1 +32768"]);
  });

  test("is not granted for the frame that ends the stream", () => {
    const harness = openSession();
    harness.post();
    harness.receive(headers(1, status200), data(1, large));
    harness.wrote();
    expect(harness.told(data(1, large, { endStream: true }))).toHaveLength(1);
    expect(harness.wrote()).toEqual([]);
  });
});
