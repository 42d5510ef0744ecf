import { describe, expect, test } from "vitest";
import { ApnskitError, Decoder, FieldList, HeaderListTooLarge } from "../../src/index.ts";
import { SettingId, settings } from "../support/frames.ts";
import { type Harness, openSession } from "../support/session.ts";
import { parseFrames } from "../support/wire.ts";

/** `:method` POST, `:scheme` https, `:authority` example.com and `:path` without its value, 32 for each. */
const PSEUDO = ":method:scheme:authority:path".length + "POSThttpsexample.com".length + 4 * 32;

const request = (path: string, ...fields: [string, string][]) => ({
  method: "POST",
  path,
  sharedFields: FieldList.from(fields.slice(0, 1), () => "indexed"),
  ownFields: FieldList.from(fields.slice(1), () => "literal"),
  content: Buffer.alloc(0),
});

describe("the size of a request's header list (RFC 9113 §6.5.2)", () => {
  test("is names, values and 32 for each field, pseudo-header fields included", () => {
    const { session } = openSession();
    expect(session.headerListSize(request("/"))).toBe(PSEUDO + 1);
    expect(session.headerListSize(request("/3/device/00", ["a", "bc"], ["def", ""], ["g", "h"]))).toBe(
      PSEUDO + 12 + 35 + 35 + 34,
    );
  });

  test("counts octets of UTF-8, not characters", () => {
    const fields = FieldList.from([["x", "ü€"]], () => "literal");
    expect(fields.size).toBe(1 + 5 + 32);
  });

  test("is what a decoder of the same limit accepts", () => {
    for (const off of [0, -1]) {
      const harness = openSession();
      const asked = request("/3/device/00", ["apns-topic", "com.example"], ["x", "v".repeat(100)]);
      harness.session.request(asked, 1);
      const [block] = parseFrames(harness.take());
      const decoder = new Decoder(harness.session.headerListSize(asked) + off);
      decoder.decode(block!.payload, 0, block!.payload.length);
      expect(decoder.overflowed).toBe(off < 0);
    }
  });
});

/** A request whose header list has so many octets. */
const ofSize = (size: number) => request("/", ["x", "v".repeat(size - PSEUDO - 1 - 33)]);

describe.each<[string, number, () => Harness]>([
  [
    "the peer's SETTINGS_MAX_HEADER_LIST_SIZE",
    1_000,
    () => openSession({}, [[SettingId.maxHeaderListSize, 1_000]]),
  ],
  ["this end's maxRequestHeaderListSize", 500, () => openSession({ maxRequestHeaderListSize: 500 }, [])],
  ["this end's default", 8_192, () => openSession()],
  [
    "the lower one of both",
    300,
    () => openSession({ maxRequestHeaderListSize: 400 }, [[SettingId.maxHeaderListSize, 300]]),
  ],
])("%s", (_, limit, open) => {
  test("allows a header list of that size, and refuses one octet more before anything changes", () => {
    const harness = open();
    const { session } = harness;
    expect(session.maxRequestHeaderListSize).toBe(limit);
    const before = [session.openStreams, session.freeStreams, session.lastStreamId, session.sendWindow];
    try {
      session.request(ofSize(limit + 1), 1);
      expect.fail("accepted");
    } catch (error) {
      expect(error).toBeInstanceOf(HeaderListTooLarge);
      expect(error).toBeInstanceOf(ApnskitError);
      expect(error).toMatchObject({ code: "ERR_HTTP2_HEADER_LIST_TOO_LARGE", size: limit + 1, limit });
    }
    const after = [session.openStreams, session.freeStreams, session.lastStreamId, session.sendWindow];
    expect(after).toEqual(before);
    expect(harness.wrote()).toEqual([]);
    expect(session.request(ofSize(limit), 1).id).toBe(1);
    const [block] = parseFrames(harness.take());
    expect(new Decoder(limit).decode(block!.payload, 0, block!.payload.length)).toContain("x");
  });
});

test("the peer may change its limit at any time", () => {
  const harness = openSession();
  const limits = [100, 0, 50_000].map((limit) => {
    harness.receive(settings([SettingId.maxHeaderListSize, limit]));
    return harness.session.maxRequestHeaderListSize;
  });
  expect(limits).toEqual([100, 0, 8_192]);
});
