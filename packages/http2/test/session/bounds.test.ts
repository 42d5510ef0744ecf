import { describe, expect, test } from "vitest";
import { continuation, data, headers, octets, ping } from "../support/frames.ts";
import { block, status, status200 } from "../support/header-block.ts";
import { type Harness, openSession } from "../support/session.ts";

/** Each bound of `Limits`: the last thing that it allows, and the first that it does not. */

/** A session with one request that waits for its answer, nothing left to be taken. */
function waiting(options: Parameters<typeof openSession>[0]): Harness {
  const harness = openSession(options);
  harness.post();
  harness.wrote();
  return harness;
}

test("maxConcurrentStreams", () => {
  const harness = openSession({ maxConcurrentStreams: 2 });
  harness.posts(2);
  expect(() => harness.post()).toThrow("no stream is free");
});

describe("maxBodyLength", () => {
  test("allows a body of that length, in one part or several", () => {
    expect(
      waiting({ maxBodyLength: 6 }).told(
        headers(1, status200),
        data(1, "123"),
        data(1, "456", { endStream: true }),
      ),
    ).toEqual(["response 1 200 body 123456"]);
    expect(
      waiting({ maxBodyLength: 0 }).told(headers(1, status200), data(1, "", { endStream: true })),
    ).toEqual(["response 1 200 body "]);
  });

  test("gives up a longer one as soon as it is longer, and cancels the stream", () => {
    const harness = waiting({ maxBodyLength: 6 });
    expect(harness.told(headers(1, status200), data(1, "123"), data(1, "4567"))).toEqual([
      "failure 1 body-too-large code 8",
    ]);
    expect(harness.wrote()).toEqual(["rstStream 1 code 8"]);
    expect(
      waiting({ maxBodyLength: 0 }).told(headers(1, status200), data(1, "1", { endStream: true })),
    ).toEqual(["failure 1 body-too-large code 8"]);
  });

  test("does not count padding", () => {
    const told = waiting({ maxBodyLength: 3 }).told(
      headers(1, status200),
      data(1, "123", { padding: 200, endStream: true }),
    );
    expect(told).toEqual(["response 1 200 body 123"]);
  });
});

describe("maxHeaderListSize", () => {
  // :status and 200 count 42.
  const list = (length: number) => octets(status200, block(["x", "v".repeat(length - 42 - 33)]));

  test("allows a list of that size", () => {
    expect(waiting({ maxHeaderListSize: 300 }).told(headers(1, list(300), { endStream: true }))).toHaveLength(
      1,
    );
  });

  test("gives up a larger one with ENHANCE_YOUR_CALM; the connection lives on", () => {
    const harness = waiting({ maxHeaderListSize: 300 });
    expect(harness.told(headers(1, list(301), { endStream: true }))).toEqual([
      "failure 1 headers-too-large code 11",
    ]);
    expect(harness.wrote()).toEqual(["rstStream 1 code 11"]);
    expect(harness.session.state).toBe("open");
  });

  test("holds for trailers and interim answers too", () => {
    expect(
      waiting({ maxHeaderListSize: 300 }).told(
        headers(1, status200),
        headers(1, list(301), { endStream: true }),
      ),
    ).toEqual(["failure 1 headers-too-large code 11"]);
    expect(
      waiting({ maxHeaderListSize: 300 }).told(headers(1, octets(status(103), list(301).subarray(1)))),
    ).toEqual(["failure 1 headers-too-large code 11"]);
  });
});

describe("maxHeaderBlockLength", () => {
  const whole = octets(status200, block(["x", "v".repeat(293)]));

  test("allows a block of that length, in one frame or several", () => {
    expect(whole).toHaveLength(300);
    expect(waiting({ maxHeaderBlockLength: 300 }).told(headers(1, whole, { endStream: true }))).toHaveLength(
      1,
    );
    expect(
      waiting({ maxHeaderBlockLength: 300 }).told(
        headers(1, whole.subarray(0, 299), { endHeaders: false, endStream: true }),
        continuation(1, whole.subarray(299)),
      ),
    ).toHaveLength(1);
  });

  test("ends the connection with ENHANCE_YOUR_CALM for a longer one, in one frame or several", () => {
    const options = { maxHeaderBlockLength: 299 };
    expect(waiting(options).told(headers(1, whole))).toEqual(["error code 11"]);
    const harness = waiting(options);
    expect(harness.told(headers(1, whole.subarray(0, 299), { endHeaders: false }))).toEqual([]);
    expect(harness.told(continuation(1, whole.subarray(299), false))).toEqual(["error code 11"]);
    expect(harness.wrote()).toEqual(["goaway last 0 code 11"]);
  });

  test("does not count padding and priority fields", () => {
    const told = waiting({ maxHeaderBlockLength: 300 }).told(
      headers(1, whole, { padding: 255, priority: true, endStream: true }),
    );
    expect(told).toHaveLength(1);
  });
});

describe("maxContinuations", () => {
  const parts = (count: number) => [
    headers(1, status200, { endHeaders: false, endStream: true }),
    ...Array.from({ length: count }, (_, i) => continuation(1, "", i === count - 1)),
  ];

  test("allows that many frames", () => {
    expect(waiting({ maxContinuations: 3 }).told(...parts(3))).toEqual(["response 1 200 body "]);
    expect(waiting({ maxContinuations: 0 }).told(headers(1, status200, { endStream: true }))).toHaveLength(1);
  });

  test("ends the connection with ENHANCE_YOUR_CALM at one more", () => {
    expect(waiting({ maxContinuations: 3 }).told(...parts(4))).toEqual(["error code 11"]);
    expect(waiting({ maxContinuations: 0 }).told(...parts(1))).toEqual(["error code 11"]);
  });

  test("counts anew for each block", () => {
    const harness = openSession({ maxContinuations: 1 });
    harness.posts(3);
    for (const id of [1, 3, 5]) {
      expect(
        harness.told(headers(id, status200, { endHeaders: false, endStream: true }), continuation(id, "")),
      ).toHaveLength(1);
    }
  });
});

describe("maxInterimResponses", () => {
  const interim = (count: number) => Array.from({ length: count }, () => headers(1, status(102)));

  test("allows that many to one request", () => {
    expect(
      waiting({ maxInterimResponses: 3 }).told(...interim(3), headers(1, status200, { endStream: true })),
    ).toEqual(["response 1 200 body "]);
  });

  test("gives the stream up at one more", () => {
    const harness = waiting({ maxInterimResponses: 3 });
    expect(harness.told(...interim(4))).toEqual(["failure 1 malformed code 1"]);
    expect(harness.wrote()).toEqual(["rstStream 1 code 1"]);
    expect(waiting({ maxInterimResponses: 0 }).told(...interim(1))).toEqual(["failure 1 malformed code 1"]);
  });
});

describe("maxControlFrames", () => {
  // The server's first SETTINGS counts as well.
  test("allows that many frames that carry nothing, and ends the connection at one more", () => {
    const harness = waiting({ maxControlFrames: 10 });
    expect(harness.told(...Array.from({ length: 9 }, () => ping()))).toEqual([]);
    expect(harness.told(ping())).toEqual(["error code 11"]);
  });

  test("each answer pays for eight", () => {
    const harness = waiting({ maxControlFrames: 10 });
    harness.receive(...Array.from({ length: 9 }, () => ping()));
    harness.receive(headers(1, status200, { endStream: true }));
    expect(harness.told(...Array.from({ length: 8 }, () => ping()))).toEqual([]);
    expect(harness.told(ping())).toEqual(["error code 11"]);
  });

  test("an empty DATA frame that ends its stream costs nothing: it carries the end", () => {
    const harness = waiting({ maxControlFrames: 10 });
    harness.receive(headers(1, status200), ...Array.from({ length: 9 }, () => ping()));
    expect(harness.told(data(1, "", { endStream: true }))).toEqual(["response 1 200 body "]);
  });

  test("a minute pays for all, where the transport tells the time", () => {
    const { session } = waiting({ maxControlFrames: 10 });
    for (let now = 0; now < 3_600_000; now += 6_000) expect(session.receive(ping(), now)).toEqual([]);
    const tenMore = octets(...Array.from({ length: 10 }, () => ping()));
    expect(session.receive(tenMore, 3_600_000)).toMatchObject([{ type: "error" }]);
  });

  test("without the time nothing but answers and replenish pays", () => {
    const { session } = waiting({ maxControlFrames: 10 });
    for (let i = 0; i < 9; i++) expect(session.receive(ping())).toEqual([]);
    expect(session.receive(ping())).toMatchObject([{ type: "error" }]);
  });

  test("replenish pays for all", () => {
    const harness = waiting({ maxControlFrames: 10 });
    for (let round = 0; round < 5; round++) {
      harness.session.replenish();
      expect(harness.told(...Array.from({ length: 10 }, () => ping()))).toEqual([]);
    }
    expect(harness.told(ping())).toEqual(["error code 11"]);
  });
});
