import { describe, expect, it } from "vitest";
import { barChart } from "../src/chart/bars.ts";
import { lineChart } from "../src/chart/lines.ts";
import { parseH2load, parseTimes } from "../src/h2load-output.ts";
import { integers, parseCores, positiveInteger } from "../src/options.ts";
import { replacePart } from "../src/publish.ts";
import { median, spread } from "../src/statistics.ts";
import { markdownTable, number, textTable } from "../src/table.ts";
import { devicePath, deviceTokens, payload, personalPayloads } from "../src/workload.ts";

describe("the workload", () => {
  it.each([64, 200, 1_024, 4_096])("has payloads of exactly %i bytes", (bytes) => {
    expect(Buffer.byteLength(JSON.stringify(payload(bytes)))).toBe(bytes);
  });

  it.each([200, 1_024, 4_096])(
    "has a payload of exactly %i bytes for each device, with a name and a counter",
    (bytes) => {
      const make = personalPayloads(bytes);
      const texts = [0, 1, 9, 10, 123_456_789].map((index) => JSON.stringify(make(index)));
      expect(texts.map((text) => Buffer.byteLength(text))).toEqual(texts.map(() => bytes));
      expect(new Set(texts).size).toBe(texts.length);
      expect(texts[4]).toContain("123456789");
    },
  );

  it("refuses a payload that cannot be made", () => {
    expect(() => personalPayloads(64)).toThrow("no room for a name");
    expect(() => payload(10)).toThrow(RangeError);
    expect(() => payload(200.5)).toThrow("200.5");
  });

  it("has distinct device tokens, the same in every process", () => {
    const tokens = deviceTokens(1_000);
    expect(new Set(tokens).size).toBe(1_000);
    expect(deviceTokens(3)).toEqual(tokens.slice(0, 3));
    expect(devicePath(tokens[0]!)).toMatch(/^\/3\/device\/[0-9a-f]{64}$/);
  });
});

describe("h2load's output", () => {
  const output = (finished: string, statuses: string) =>
    `starting benchmark...\n\nfinished in ${finished}, 79522.38 req/s, 2.05MB/s\nrequests: 100 total, 100 started, 100 done, 98 succeeded, 2 failed, 0 errored, 0 timeout\nstatus codes: ${statuses}\n`;

  it.each([
    ["1.26s", 1.26],
    ["312.73ms", 0.31273],
    ["950us", 0.00095],
  ])("is read with its time of %s", (text, seconds) => {
    const parsed = parseH2load(output(text, "100 2xx, 0 3xx, 0 4xx, 0 5xx"));
    expect(parsed).toMatchObject({ accepted: 100, failures: {} });
    expect(parsed.seconds).toBeCloseTo(seconds, 9);
  });

  it("counts refused and unanswered requests", () => {
    expect(parseH2load(output("1s", "90 2xx, 0 3xx, 2 4xx, 1 5xx"))).toMatchObject({
      accepted: 90,
      failures: { "status 4xx": 2, "status 5xx": 1, "no answer": 7 },
    });
  });

  it("is refused if it lacks the expected lines", () => {
    expect(() => parseH2load("could not resolve host")).toThrow("could not resolve host");
    expect(() => parseTimes("")).toThrow("no processor time");
  });

  it("comes with the shell's processor times, which are added up", () => {
    expect(parseTimes("noise\nprocessor seconds: 1.204 0.371\n")).toBeCloseTo(1.575, 9);
  });
});

describe("statistics and tables", () => {
  it("takes the middle of odd and of even numbers of rounds", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
    expect(() => median([])).toThrow(RangeError);
  });

  it("writes numbers for people", () => {
    expect([number(123_456.7), number(12.345), number(0.0612), number(Number.POSITIVE_INFINITY)]).toEqual([
      "123,457",
      "12.3",
      "0.0612",
      "–",
    ]);
  });

  it("pads columns on the terminal, but not in Markdown", () => {
    expect(textTable(["a", "b"], [["long", "1"]])).toBe("a     b\n----  -\nlong  1");
    expect(markdownTable(["a", "b"], [["x", "1"]])).toBe("| a | b |\n| --- | ---: |\n| x | 1 |");
  });
});

describe("charts", () => {
  const bars = barChart("Rates <&>", [
    { label: "slow", ours: false, value: { median: 10, min: 9, max: 11 } },
    { label: "fast", ours: true, value: { median: 100, min: 90, max: 110 } },
  ]);
  const lines = lineChart("Latency", { label: "delay" }, { label: "ms", logarithmic: true }, [
    {
      label: "one",
      points: [
        [0, 0.5],
        [50, 60],
        [200, 210],
      ],
    },
  ]);

  it("draw the fastest client first, and this project's clients in their own colour", () => {
    expect(bars.indexOf("fast")).toBeLessThan(bars.indexOf("slow"));
    expect(bars.match(/class="ours"/g)).toHaveLength(1);
  });

  it.each([
    ["bars", bars],
    ["lines", lines],
  ])("are pictures without missing numbers, readable in light and dark (%s)", (_, chart) => {
    expect(chart).not.toMatch(/NaN|Infinity|undefined/);
    expect(chart).toContain("prefers-color-scheme: dark");
  });

  it("escape markup characters", () => {
    expect(bars).toContain("Rates &lt;&amp;&gt;");
  });

  it("can be drawn from equal values", () => {
    const flat = lineChart("Flat", { label: "x" }, { label: "y", logarithmic: true }, [
      { label: "one", points: [[0, 1]] },
    ]);
    expect(flat).not.toMatch(/NaN|Infinity/);
  });
});

describe("the page", () => {
  const page = "# T\n\n<!-- begin a -->\n\nold\n\n<!-- end a -->\n\nrest\n";

  it("gets new results between the marks of its part, and keeps all other text", () => {
    expect(replacePart(page, "a", "new\n")).toBe(page.replace("old", "new"));
  });

  it("stays as it is if it has no such part", () => {
    expect(replacePart(page, "b", "new")).toBeUndefined();
  });
});

describe("options", () => {
  it("take processor lists, or none", () => {
    expect(parseCores("0,1")).toEqual({ client: "0", server: "1" });
    expect(parseCores("0-1,2-3")).toEqual({ client: "0-1", server: "2-3" });
    expect(parseCores("none")).toBeUndefined();
    expect(() => parseCores("0")).toThrow('"0"');
    expect(() => parseCores("0,a")).toThrow('"0,a"');
  });

  it("take whole numbers only, and errors repeat the received text", () => {
    expect(positiveInteger("200_000")).toBe(200_000);
    expect(() => positiveInteger("0")).toThrow('"0"');
    expect(() => positiveInteger("1.5")).toThrow('"1.5"');
    expect(integers("0,20,50")).toEqual([0, 20, 50]);
    expect(() => integers("1,,2")).toThrow('"1,,2"');
  });
});
