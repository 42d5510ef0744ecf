import { describe, expect, test } from "vitest";
import { headers, octets } from "../support/frames.ts";
import { block, status, status200 } from "../support/header-block.ts";
import { openSession } from "../support/session.ts";

/** What becomes of an answer with this header block, or with these trailers. */
function answer(head: Uint8Array | readonly number[], trailers?: Uint8Array): string {
  const harness = openSession();
  harness.post();
  harness.wrote();
  const [told] =
    trailers === undefined
      ? harness.told(headers(1, head, { endStream: true }))
      : harness.told(headers(1, head), headers(1, trailers, { endStream: true }));
  if (told === "failure 1 malformed code 1") {
    // A stream error: that stream is reset, the connection lives on (RFC 9113 §5.4.2, §8.1.1).
    expect(harness.wrote()).toEqual(["rstStream 1 code 1"]);
    expect(harness.session.state).toBe("open");
    expect(harness.session.openStreams).toBe(0);
    harness.post();
    return "malformed";
  }
  expect(told).toMatch(/^response/);
  return "fine";
}

const withField = (name: string, value: string) => octets(status200, block([name, value]));

describe(":status (RFC 9113 §8.3.2)", () => {
  test("must be there, first, and only once", () => {
    expect(answer(block(["server", "x"]))).toBe("malformed");
    expect(answer([])).toBe("malformed");
    expect(answer(octets(block(["server", "x"]), status200))).toBe("malformed");
    expect(answer(octets(status200, status200))).toBe("malformed");
    // Nor does another field stand in for it because its value looks like a status.
    expect(answer(block(["server", "200"]))).toBe("malformed");
    expect(answer(block([":path", "200"]))).toBe("malformed");
    expect(answer(octets(status200, block(["server", "x"]), status200))).toBe("malformed");
  });

  test("must be a number of three digits from 100 to 599", () => {
    for (const code of ["", "0", "20", "099", "600", "2000", "20x", " 200", "200 ", "-200", "2e2"]) {
      expect(answer(status(code)), code).toBe("malformed");
    }
    for (const code of [200, 204, 299, 304, 404, 500, 599]) expect(answer(status(code))).toBe("fine");
  });

  test("may not be 101: HTTP/2 has no upgrades (RFC 9113 §8.6)", () => {
    expect(answer(status(101))).toBe("malformed");
    const harness = openSession();
    harness.post();
    expect(harness.told(headers(1, status(101)))).toEqual(["failure 1 malformed code 1"]);
  });

  test("other pseudo-header fields are malformed in an answer", () => {
    for (const name of [":path", ":method", ":scheme", ":authority", ":protocol", ":"]) {
      expect(answer(withField(name, "x")), name).toBe("malformed");
    }
  });
});

describe.each([
  ["header", (name: string, value: string) => answer(withField(name, value))],
  ["trailer", (name: string, value: string) => answer(status200, block([name, value]))],
])("%s fields (RFC 9113 §8.2)", (_, check) => {
  test("names with upper case, colons, spaces, controls or octets beyond ASCII are malformed", () => {
    for (let code = 0; code < 256; code++) {
      const char = String.fromCharCode(code);
      const bad = code <= 0x20 || code >= 0x7f || char === ":" || (char >= "A" && char <= "Z");
      expect(check(`x${char}y`, "value"), `octet ${code}`).toBe(bad ? "malformed" : "fine");
    }
    expect(check("", "value")).toBe("malformed");
  });

  test("values with NUL, LF or CR are malformed; every other octet is let through", () => {
    for (let code = 0; code < 256; code++) {
      const bad = [0, 0x0a, 0x0d].includes(code);
      expect(check("x", `a${String.fromCharCode(code)}b`), `octet ${code}`).toBe(bad ? "malformed" : "fine");
    }
  });

  test("values that begin or end with a space or tab are malformed, empty ones are fine", () => {
    for (const value of [" a", "a ", "\ta", "a\t", " "]) expect(check("x", value)).toBe("malformed");
    expect(check("x", "")).toBe("fine");
  });

  test.each(["connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade"])(
    "%s belongs to HTTP/1.1 and is malformed (RFC 9113 §8.2.2)",
    (name) => {
      expect(check(name, "x")).toBe("malformed");
    },
  );
});
