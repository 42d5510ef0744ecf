import { describe, expect, test } from "vitest";
import { usefulOctets } from "../../src/send-queue.ts";
import { headers, ping, rstStream, SettingId, settings, windowUpdate } from "../support/frames.ts";
import { status200 } from "../support/header-block.ts";
import { type Harness, openSession } from "../support/session.ts";

const OWN_PING = "ping ffffffffffffffff";
const pong = ping(new Uint8Array(8).fill(0xff), true);

/** One stream has used up the connection's window; the second one has its header section out and no body. */
function full(): Harness {
  const harness = openSession();
  harness.sent(1, 65_535);
  harness.sent(1, 4_096);
  harness.wrote();
  return harness;
}

test("what is useful is 512 octets, or a quarter of a smaller initial window, and never nothing", () => {
  expect([0, 1, 7, 8, 400, 2_048, 65_535, 0x7fff_ffff].map(usefulOctets)).toEqual([
    1, 1, 1, 2, 100, 512, 512, 512,
  ]);
});

describe("a window that is too small to be worth a frame", () => {
  test("is not used at once; a PING asks for a round trip, once", () => {
    const harness = full();
    harness.receive(windowUpdate(0, 1));
    expect(harness.wrote()).toEqual([OWN_PING]);
    harness.receive(windowUpdate(0, 1));
    expect(harness.wrote()).toEqual([]);
  });

  test("is used as soon as enough has come", () => {
    const harness = full();
    harness.receive(windowUpdate(0, 500));
    harness.wrote();
    harness.receive(windowUpdate(0, 12));
    expect(harness.wrote()).toEqual(["data 3 512 octets"]);
  });

  test("is used after the round trip, however small it is: no body waits for ever", () => {
    const harness = full();
    harness.receive(windowUpdate(0, 3));
    harness.wrote();
    expect(harness.told(pong)).toEqual([]);
    expect(harness.wrote()).toEqual(["data 3 3 octets"]);
    harness.receive(windowUpdate(0, 2));
    expect(harness.wrote()).toEqual([OWN_PING]);
  });

  test("is used for the last octets of a body", () => {
    const harness = full();
    harness.receive(windowUpdate(0, 4_090));
    harness.wrote();
    harness.receive(windowUpdate(0, 6));
    expect(harness.wrote()).toEqual(["data 3 END 6 octets"]);
  });

  test("is not used by a younger body either: the first in the queue is not overtaken", () => {
    const harness = full();
    harness.sent(1, 10);
    harness.wrote();
    harness.receive(windowUpdate(0, 100));
    expect(harness.wrote()).toEqual([OWN_PING]);
    harness.receive(windowUpdate(0, 4_006));
    expect(harness.wrote()).toEqual(["data 3 END 4096 octets", "data 5 END 10 octets"]);
  });

  test("is used by the next body when the first one is given up", () => {
    const harness = openSession();
    harness.sent(1, 65_535);
    const [large] = harness.sent(1, 4_096);
    harness.sent(1, 10);
    harness.receive(windowUpdate(0, 100));
    harness.wrote();
    harness.session.reset(large!);
    expect(harness.wrote()).toEqual(["rstStream 3 code 8", "data 5 END 10 octets"]);
  });

  test("of a single stream holds up no other stream", () => {
    const harness = openSession({}, [[SettingId.initialWindowSize, 2_000]]);
    harness.sent(2, 4_096);
    harness.wrote();
    harness.receive(windowUpdate(1, 400), windowUpdate(3, 600));
    expect(harness.wrote()).toEqual(["data 3 600 octets", OWN_PING]);
    harness.receive(pong);
    expect(harness.wrote()).toEqual(["data 1 400 octets"]);
  });
});

test("no PING is sent for a body that has gone in the meantime", () => {
  const harness = full();
  harness.receive(windowUpdate(0, 1));
  harness.wrote();
  harness.receive(rstStream(3, 8), pong);
  expect(harness.wrote()).toEqual([]);
  harness.receive(pong, windowUpdate(0, 1));
  expect(harness.wrote()).toEqual([]);
});

test("the session's own PING is no event, and does not answer the caller's", () => {
  const harness = full();
  harness.session.ping(7);
  harness.receive(windowUpdate(0, 1));
  expect(harness.wrote()).toEqual(["ping 0000000000000007", OWN_PING]);
  expect(harness.told(pong)).toEqual([]);
  expect(harness.told(ping([0, 0, 0, 0, 0, 0, 0, 7], true))).toEqual(["pong 7"]);
});

test.each([1, 10, 100, 1_000])(
  "a server that never grants more than %i octets gets the whole body",
  (window) => {
    const harness = openSession({}, [[SettingId.initialWindowSize, window]]);
    harness.post({ length: 3_000 });
    let received = 0;
    for (let round = 0; round < 10_000 && received < 3_000; round++) {
      for (const line of harness.wrote()) {
        const [type, , ...rest] = line.split(" ");
        if (line === OWN_PING) harness.receive(pong);
        if (type !== "data") continue;
        const octets = Number(rest.at(-2));
        received += octets;
        if (received < 3_000) harness.receive(windowUpdate(1, octets));
      }
    }
    expect(received).toBe(3_000);
    expect(harness.told(headers(1, status200, { endStream: true }))).toEqual(["response 1 200 body "]);
  },
);

test("a server that uses up the connection's window and then grants single octets gets the whole body", () => {
  const harness = full();
  harness.receive(windowUpdate(0, 4_000));
  let received = 0;
  for (let round = 0; round < 1_000 && received < 4_096; round++) {
    for (const line of harness.wrote()) {
      if (line === OWN_PING) harness.receive(pong);
      else if (line.startsWith("data")) received += Number(line.split(" ").at(-2));
    }
    if (harness.session.sendWindow < 0) harness.receive(windowUpdate(0, 1));
  }
  expect(received).toBe(4_096);
});

test("a change that gives very many bodies very little is used for eight of them in each round trip", () => {
  const harness = openSession({}, [[SettingId.initialWindowSize, 0]]);
  harness.sent(20, 100);
  harness.wrote();
  harness.receive(settings([SettingId.initialWindowSize, 10]));
  const sent: number[] = [];
  for (let round = 0; round < 5; round++) {
    const wrote = harness.wrote();
    sent.push(wrote.filter((line) => line.endsWith(" 10 octets")).length);
    if (wrote.includes(OWN_PING)) harness.receive(pong);
  }
  expect(sent).toEqual([8, 8, 4, 0, 0]);
});

test("many window changes of one read cost one pass", () => {
  const harness = openSession({}, [[SettingId.initialWindowSize, 1]]);
  harness.sent(3, 4_096);
  harness.wrote();
  harness.receive(...Array.from({ length: 2_000 }, (_, i) => settings([SettingId.initialWindowSize, i + 2])));
  const wrote = harness.wrote();
  expect(wrote.filter((line) => line === "settings ack")).toHaveLength(2_000);
  expect(wrote.slice(2_000)).toEqual(["data 1 2000 octets", "data 3 2000 octets", "data 5 2000 octets"]);
});
