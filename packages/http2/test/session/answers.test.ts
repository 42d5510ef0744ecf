import { describe, expect, test } from "vitest";
import { continuation, data, headers, octets } from "../support/frames.ts";
import { block, status, status200 } from "../support/header-block.ts";
import { isCollected } from "../support/memory.ts";
import { openSession } from "../support/session.ts";

test("HEADERS that end the stream are a whole answer", () => {
  const harness = openSession();
  const stream = harness.post();
  expect(harness.told(headers(1, [...status200], { endStream: true }))).toEqual(["response 1 200 body "]);
  expect(stream).toMatchObject({ closed: true, status: 200, fields: [":status", "200"], trailers: [] });
  expect(stream.body).toHaveLength(0);
  expect(harness.session.openStreams).toBe(0);
});

test("HEADERS and DATA are an answer when the stream ends, not before", () => {
  const harness = openSession();
  const stream = harness.post();
  expect(harness.told(headers(1, octets(status(400), block(["apns-id", "x"]))))).toEqual([]);
  expect(stream).toMatchObject({ closed: false, status: 400, fields: [":status", "400", "apns-id", "x"] });
  expect(harness.told(data(1, '{"reason":'))).toEqual([]);
  expect(harness.told(data(1, '"BadTopic"}', { endStream: true }))).toEqual([
    'response 1 400 body {"reason":"BadTopic"}',
  ]);
});

test("an empty DATA frame may end the stream", () => {
  const harness = openSession();
  harness.post();
  expect(harness.told(headers(1, status200), data(1, "", { endStream: true }))).toEqual([
    "response 1 200 body ",
  ]);
});

test("a body keeps its octets when the chunk that it came in is overwritten", () => {
  const harness = openSession();
  const [stream] = harness.sent(1);
  const chunk = octets(headers(1, status200), data(1, "first "), data(1, "second", { endStream: true }));
  harness.session.receive(chunk);
  chunk.fill(0);
  expect(Buffer.from(stream!.body).toString()).toBe("first second");
});

test("a body of any number of parts comes out whole", () => {
  const harness = openSession();
  const stream = harness.post();
  const parts = Array.from({ length: 200 }, (_, i) => Buffer.alloc(i % 7, i));
  harness.receive(headers(1, status200), ...parts.map((part) => data(1, part)));
  expect(Buffer.from(stream.body)).toEqual(Buffer.concat(parts));
  expect(stream.bodyLength).toBe(Buffer.concat(parts).length);
});

test("answers come in any order and interleaved", () => {
  const harness = openSession();
  harness.posts(3);
  expect(
    harness.told(
      headers(5, status200),
      headers(1, status(410)),
      data(5, "five"),
      headers(3, status200, { endStream: true }),
      data(1, "one", { endStream: true }),
      data(5, "", { endStream: true }),
    ),
  ).toEqual(["response 3 200 body ", "response 1 410 body one", "response 5 200 body five"]);
});

test("bytes may come in any view of memory, not only in Buffers", () => {
  const harness = openSession();
  harness.post();
  const bytes = headers(1, status200, { endStream: true });
  const view = new Uint8Array(bytes.length + 10);
  view.set(bytes, 5);
  expect(harness.session.receive(view.subarray(5, 5 + bytes.length))).toHaveLength(1);
});

describe("padding (RFC 9113 §6.1, §6.2)", () => {
  test("of DATA and HEADERS is left out, from none to 255 octets", () => {
    for (const padding of [0, 1, 255]) {
      const harness = openSession();
      harness.post();
      expect(
        harness.told(headers(1, status200, { padding }), data(1, "body", { padding, endStream: true })),
      ).toEqual(["response 1 200 body body"]);
    }
  });

  test("may be all there is in DATA", () => {
    const harness = openSession();
    harness.post();
    expect(harness.told(headers(1, status200), data(1, "", { padding: 9, endStream: true }))).toHaveLength(1);
  });
});

test("the priority fields of HEADERS are skipped, with padding and without (RFC 9113 §5.3)", () => {
  const harness = openSession();
  harness.posts(2);
  expect(
    harness.told(
      headers(1, status200, { priority: true, endStream: true }),
      headers(3, status200, { priority: true, padding: 3, endStream: true }),
    ),
  ).toEqual(["response 1 200 body ", "response 3 200 body "]);
});

describe("interim answers (RFC 9113 §8.1)", () => {
  test("are passed over; the final one counts", () => {
    const harness = openSession();
    const stream = harness.post();
    expect(
      harness.told(headers(1, status(100)), headers(1, octets(status(103), block(["link", "x"])))),
    ).toEqual([]);
    expect(stream.status).toBe(0);
    expect(harness.told(headers(1, status200, { endStream: true }))).toEqual(["response 1 200 body "]);
    expect(stream.fields).toEqual([":status", "200"]);
  });

  test("that end the stream are malformed", () => {
    const harness = openSession();
    harness.post();
    expect(harness.told(headers(1, status(100), { endStream: true }))).toEqual([
      "failure 1 malformed code 1",
    ]);
  });

  test("do not allow DATA: the final header section must come first", () => {
    const harness = openSession();
    harness.post();
    expect(harness.told(headers(1, status(100)), data(1, "x"))).toEqual(["failure 1 malformed code 1"]);
  });
});

describe("trailers (RFC 9113 §8.1)", () => {
  test("end the answer", () => {
    const harness = openSession();
    harness.post();
    expect(
      harness.told(
        headers(1, status200),
        data(1, "b"),
        headers(1, block(["x-sum", "7"]), { endStream: true }),
      ),
    ).toEqual(["response 1 200 body b trailers x-sum|7"]);
  });

  test("may follow the header section at once, and may come in several frames", () => {
    const harness = openSession();
    harness.post();
    const trailers = block(["x-sum", "7"]);
    expect(
      harness.told(
        headers(1, status200),
        headers(1, trailers.subarray(0, 3), { endStream: true, endHeaders: false }),
        continuation(1, trailers.subarray(3)),
      ),
    ).toEqual(["response 1 200 body  trailers x-sum|7"]);
  });

  test("that do not end the stream are malformed", () => {
    const harness = openSession();
    harness.post();
    expect(harness.told(headers(1, status200), headers(1, block(["x-sum", "7"])))).toEqual([
      "failure 1 malformed code 1",
    ]);
  });

  test("may hold no pseudo-header field (RFC 9113 §8.1)", () => {
    const harness = openSession();
    harness.post();
    expect(harness.told(headers(1, status200), headers(1, status200, { endStream: true }))).toEqual([
      "failure 1 malformed code 1",
    ]);
  });
});

describe("content-length (RFC 9113 §8.1.1)", () => {
  const answer = (value: string, body: string, method = "POST", code = 200) => {
    const harness = openSession();
    harness.post({ method });
    const head = octets(status(code), block(["content-length", value]));
    return body === "END"
      ? harness.told(headers(1, head, { endStream: true }))
      : harness.told(headers(1, head), data(1, body, { endStream: true }));
  };

  test("that is the body's length is right", () => {
    expect(answer("4", "body")).toEqual(["response 1 200 body body"]);
    expect(answer("0", "END")).toEqual(["response 1 200 body "]);
    expect(answer("004", "body")).toEqual(["response 1 200 body body"]);
  });

  test("that is not, by one octet either way, makes the answer malformed", () => {
    for (const value of ["3", "5", "0", "999999999999999"]) {
      expect(answer(value, "body")).toEqual(["failure 1 malformed code 1"]);
    }
    expect(answer("1", "END")).toEqual(["failure 1 malformed code 1"]);
  });

  test("that is no number makes the answer malformed", () => {
    for (const value of ["", "-1", "+4", "4.0", "0x4", "4, 4", "four", "9".repeat(16)]) {
      expect(answer(value, "body")).toEqual(["failure 1 malformed code 1"]);
    }
  });

  test("may come twice if it says the same", () => {
    const twice = (first: string, second: string) => {
      const harness = openSession();
      harness.post();
      const head = octets(status200, block(["content-length", first], ["content-length", second]));
      return harness.told(headers(1, head), data(1, "b", { endStream: true }));
    };
    expect(twice("1", "1")).toEqual(["response 1 200 body b"]);
    for (const [first, second] of [
      ["1", "2"],
      ["2", "1"],
      ["0", "1"],
    ] as const) {
      expect(twice(first, second)).toEqual(["failure 1 malformed code 1"]);
    }
  });

  test("of an answer to HEAD, or of a 304, is that of another answer (RFC 9110 §8.6)", () => {
    expect(answer("1000", "END", "HEAD")).toEqual(["response 1 200 body "]);
    expect(answer("1000", "END", "GET", 304)).toEqual(["response 1 304 body "]);
    expect(answer("1000", "END", "GET", 305)).toEqual(["failure 1 malformed code 1"]);
  });
});

test("a message says what is wrong without repeating what was sent", () => {
  const harness = openSession();
  harness.post();
  const [event] = harness.receive(headers(1, octets(status200, block(["x-secret", "line\nbreak"]))));
  expect(event).toMatchObject({ type: "failure", message: expect.stringContaining("x-secret") });
  expect(JSON.stringify(event)).not.toContain('break"');
});

test("an answer that its caller has let go of is not kept by an idle session", async () => {
  const harness = openSession();
  const answered = () => {
    const stream = harness.post();
    harness.receive(headers(1, status200), data(1, "body", { endStream: true }));
    harness.session.takeOutput();
    return new WeakRef(stream);
  };
  expect(await isCollected(answered())).toBe(true);
  expect(harness.session.openStreams).toBe(0);
});
