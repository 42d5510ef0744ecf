import { Pacer } from "@apnskit/campaign/internal";
import { describe, expect, it } from "vitest";
import { exitCodeOf } from "../src/exit-codes.ts";
import { dateOf, moment, momentOrZero, rate, wholeNumber } from "../src/options/parsers.ts";
import { LiveLine } from "../src/output/live-line.ts";
import { continuation } from "../src/send-file/continuation.ts";
import { stopReason } from "../src/send-file/stop-rule.ts";

describe("a rate", () => {
  /** Sends as fast as the limit allows, with a clock that only the waits advance. */
  function sent(limit: Pacer, until: number): number {
    let now = 0;
    let count = 0;
    while (true) {
      now += limit.take(now);
      if (now >= until) return count;
      count++;
    }
  }

  it.each([0.5, 1, 50, 999, 20_000])("of %f a second is kept", (perSecond) => {
    const count = sent(new Pacer(perSecond), 10_000);
    expect(Math.abs(count - perSecond * 10)).toBeLessThanOrEqual(1 + perSecond * 0.005);
  });

  it("is not made up for after a pause, but for a moment's worth", () => {
    const limit = new Pacer(100);
    limit.take(0);
    let burst = 0;
    while (limit.take(60_000) === 0) burst++;
    expect(burst).toBeLessThan(30);
  });
});

describe("a run stops", () => {
  const none = { accepted: 0, total: 0, credentials: 0, unanswered: 0 };

  it("when ten of ten outcomes blame the credentials, but not after an accepted one", () => {
    expect(stopReason({ ...none, total: 9, credentials: 9 }, 2000)).toBeUndefined();
    expect(stopReason({ ...none, total: 10, credentials: 10 }, 2000)).toBe("credentials");
    expect(stopReason({ ...none, total: 11, credentials: 10 }, 2000)).toBeUndefined();
    expect(stopReason({ ...none, accepted: 1, total: 11, credentials: 10 }, 2000)).toBeUndefined();
  });

  it("when a whole window has no answer", () => {
    expect(stopReason({ ...none, accepted: 5, total: 2004, unanswered: 1999 }, 2000)).toBeUndefined();
    expect(stopReason({ ...none, accepted: 5, total: 2005, unanswered: 2000 }, 2000)).toBe("unreachable");
  });
});

describe("the command that goes on", () => {
  it("replaces what was skipped and limited, keeps the rest, and quotes for the shell", () => {
    const argv = [
      "send-file",
      "my users.csv",
      "--skip=3",
      "--limit",
      "10",
      "--append",
      "--template",
      "it's.json",
    ];
    expect(continuation(argv, 7, 6, true)).toBe(
      "apnskit send-file 'my users.csv' --template 'it'\\''s.json' --skip 7 --limit 6 --append",
    );
    expect(continuation(["send-file", "a", "--skip", "1"], 5, undefined, false)).toBe(
      "apnskit send-file a --skip 5",
    );
  });
});

describe("the exit code", () => {
  it.each([
    [{ rejected: 0, credentials: 0, unsent: 0, unknown: 0 }, 0],
    [{ rejected: 1, credentials: 0, unsent: 0, unknown: 0 }, 1],
    [{ rejected: 1, credentials: 0, unsent: 1, unknown: 0 }, 5],
    [{ rejected: 1, credentials: 1, unsent: 1, unknown: 0 }, 4],
    [{ rejected: 1, credentials: 1, unsent: 1, unknown: 1 }, 6],
  ])("of %j is %i", (counts, code) => expect(exitCodeOf(counts)).toBe(code));
});

describe("values on the command line", () => {
  it("reads moments", () => {
    const now = Date.UTC(2027, 0, 1);
    expect(dateOf(moment("90s"), now).getTime() - now).toBe(90_000);
    expect(dateOf(moment("7d"), now).getTime() - now).toBe(7 * 86_400_000);
    expect(dateOf(moment("2027-01-31T12:00Z"), now).toISOString()).toBe("2027-01-31T12:00:00.000Z");
    expect(momentOrZero("0")).toBe(0);
    for (const text of ["", "1", "1w", "-1h", "tomorrow", "2027-13-01", "1.5h"]) {
      expect(() => moment(text), text).toThrow(TypeError);
    }
  });

  it("reads rates and whole numbers", () => {
    expect([rate("500"), rate("0.5/s")]).toEqual([500, 0.5]);
    for (const text of ["", "0", "-1", "1e3", "1/m", "2000000"])
      expect(() => rate(text), text).toThrow(TypeError);
    const read = wholeNumber(1, 100);
    expect(read("100")).toBe(100);
    for (const text of ["", "0", "101", "1.0", "0x10", " 1", "1e2"])
      expect(() => read(text), text).toThrow(TypeError);
  });
});

describe("the live line", () => {
  it("makes room for other lines on a terminal, and fits its width", () => {
    const written: string[] = [];
    const line = new LiveLine({ isTTY: true, columns: 10, write: (text) => written.push(text) });
    line.start(() => "0123456789abc");
    line.interrupt(() => written.push("note\n"));
    line.stop();
    line.interrupt(() => written.push("after\n"));
    const clear = "\r\u001b[2K";
    expect(written).toEqual([clear, "01234567…", clear, "note\n", clear, "01234567…", clear, "after\n"]);
  });
});
