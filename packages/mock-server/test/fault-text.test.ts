import { describe, expect, test } from "vitest";
import { InvalidMockInput } from "../src/errors.ts";
import { parseFault } from "../src/faults/fault-text.ts";
import { parseLatency } from "../src/faults/latency.ts";

describe("a fault in words", () => {
  test.each([
    [
      "answer=InternalServerError,share=0.01,sticky",
      { kind: "answer", reason: "InternalServerError", share: 0.01, sticky: true },
    ],
    [
      "answer=TooManyRequests,times=3,token=0123",
      { kind: "answer", reason: "TooManyRequests", times: 3, token: "0123" },
    ],
    [
      "answer=ServiceUnavailable,acted,retryAfter=5",
      { kind: "answer", reason: "ServiceUnavailable", acted: true, retryAfter: 5 },
    ],
    [
      "latency=20..80,topic=com.example.app",
      { kind: "latency", latency: { min: 20, max: 80 }, topic: "com.example.app" },
    ],
    ["latency=50", { kind: "latency", latency: 50 }],
    [
      "latency,median=40,p99=250,share=0.5",
      { kind: "latency", latency: { median: 40, p99: 250 }, share: 0.5 },
    ],
    [
      "goaway=Shutdown,lastStreamId=0,twice",
      { kind: "goaway", reason: "Shutdown", lastStreamId: 0, twice: true },
    ],
    [
      "goaway,text=Too much,code=7,lastStreamId=acted",
      { kind: "goaway", text: "Too much", code: 7, lastStreamId: "acted" },
    ],
    ["goaway,announce=50", { kind: "goaway", announce: 50 }],
    ["reset=REFUSED_STREAM,share=0.02", { kind: "reset", code: "REFUSED_STREAM", share: 0.02 }],
    ["reset=5", { kind: "reset", code: 5 }],
    ["settings=1,times=1", { kind: "settings", maxConcurrentStreams: 1, times: 1 }],
    ["stall=500,scope=connection", { kind: "stall", ms: 500, scope: "connection" }],
    ["stall", { kind: "stall" }],
    ["drop,acted=true,connection=2", { kind: "drop", acted: true, connection: 2 }],
    ["refuse=hang,times=2", { kind: "refuse", how: "hang", times: 2 }],
  ])("%s", (text, fault) => {
    expect(parseFault(text)).toEqual(fault);
  });

  test.each([
    ["flood", /`kind` of a fault must be answer, .* or refuse; received "flood"/],
    ["answer=Tired", /`reason` of a fault answer must be a reason of APNs.*; received "Tired"/],
    ["drop,sticky", /A fault drop has no `sticky`; it has kind, acted, /],
    ["drop=5", /takes no value; received "5"/],
    ["reset=OOPS", /`code` of a fault reset must be .* HTTP\/2 error code.*; received "OOPS"/],
    ["latency,min=1", /`max` of a latency is missing/],
    ["latency=fast", /Not a number of milliseconds: "fast"/],
    ["drop,share=often", /`share` of a fault drop must be a number from 0 to 1; received "often"/],
  ])("is refused as %s", (text, message) => {
    expect(() => parseFault(text)).toThrow(message);
  });
});

describe("a latency in words", () => {
  test.each([
    ["50", 50],
    ["20..80", { min: 20, max: 80 }],
    ["mean=50,deviation=10", { mean: 50, deviation: 10 }],
    ["median=40,p99=250", { median: 40, p99: 250 }],
  ])("%s", (text, latency) => {
    expect(parseLatency(text)).toEqual(latency);
  });

  test.each(["", "soon", "1..2..3", "min=1"])("is refused as %j", (text) => {
    expect(() => parseLatency(text)).toThrow(InvalidMockInput);
  });
});
