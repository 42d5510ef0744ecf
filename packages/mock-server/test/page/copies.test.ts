import { execFileSync } from "node:child_process";
import { transformSync } from "esbuild";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { REASONS } from "../../../apnskit/src/reasons.ts";
import { openApiDocument } from "../../src/control/openapi.ts";
import { ROUTES } from "../../src/control/routes.ts";
import { faultWords } from "../../src/faults/fault-words.ts";
import { type Fault, parseFault } from "../../src/index.ts";
import { CHANNEL_REASONS, DEVICE_REASONS } from "../../src/services/reasons.ts";
import {
  apnskitSend,
  curl,
  literal,
  quoted,
  type ServerFacts,
  simulatorFile,
  vitestTest,
} from "../../ui/state/copy-as.ts";
import {
  carriedOver,
  type FaultKind,
  faultKinds,
  faultOf,
  injectLine,
  readLatency,
} from "../../ui/state/fault-form.ts";
import { FAULT_PRESETS } from "../../ui/state/fault-presets.ts";
import { REASON_TEXTS, reasonText } from "../../ui/state/reasons.ts";
import { timelineOf } from "../../ui/state/timeline.ts";
import { entryOf, rowOf } from "../support/entries.ts";

const FACTS: ServerFacts = {
  origin: "https://127.0.0.1:2197",
  broadcastOrigin: "https://127.0.0.1:1",
  managementOrigin: "https://127.0.0.1:2",
  environment: "sandbox",
  credentialFiles: {},
  signingKey: { keyId: "ABC123DEFG", teamId: "DEF123GHIJ" },
};

describe("a word for a shell", () => {
  test("stands for exactly its text", () => {
    const texts = [
      "",
      "a b",
      "it's",
      "$(id)`id`\\",
      "'\u001b[201~\n\u0085",
      "-n",
      "a\\'b\u0007123",
      "ä🙂 \u2028",
      "!x",
    ];
    const script = texts.map((text) => `printf '%s\\0' ${quoted(text)}`).join("\n");
    const said = execFileSync("bash", ["-c", script], { encoding: "utf8" });
    expect(said.split("\0").slice(0, -1)).toEqual(texts);
  });

  test("has no control characters, which could end what a terminal takes for pasted text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 30 }), (text) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
        expect(quoted(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      }),
    );
  });
});

test("JSON as JavaScript is the same value", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
      const { result } = new Function(`return { result: ${literal(value, indent)} };`)();
      expect(JSON.stringify(result)).toBe(JSON.stringify(value));
    }),
  );
  const tricky = JSON.parse('{"__proto__":{"a":1},"b":"__proto__"}');
  for (const indent of [0, 2]) {
    const { result } = new Function(`return { result: ${literal(tricky, indent)} };`)();
    expect(JSON.stringify(result)).toBe(JSON.stringify(tricky));
  }
  expect(literal({ "a-b": 1, c: ["\u2028"] })).toBe('{ "a-b": 1, c: ["\\u2028"] }');
});

describe("a copy", () => {
  test("says why there is none", () => {
    const channel = rowOf({}, { kind: "channel" });
    expect(apnskitSend(channel.entry, channel.payload, FACTS, "")).toHaveProperty("why");
    expect(simulatorFile(channel.entry, channel.payload)).toHaveProperty("why");
    const text = rowOf({}, { payload: "x" });
    expect(apnskitSend(text.entry, text.payload, FACTS, "")).toHaveProperty("why");
    expect(simulatorFile(text.entry, text.payload)).toHaveProperty("why");
  });

  test("for curl leaves out what belongs to one request, and takes the headers from the wire", () => {
    const entry = entryOf({ method: "POST" });
    const headers: [string, string][] = [
      [":method", "POST"],
      ["apns-id", "x"],
      ["authorization", "(9 characters, cut out)"],
      ["apns-topic", "com.example.app"],
      ["apns-topic", "twice"],
    ];
    const { text } = curl(entry, { entry, headers }, FACTS, "http://127.0.0.1:2198") as { text: string };
    expect(text).not.toMatch(/apns-id|cut out|:method/);
    expect(text).toContain("-H 'apns-topic: com.example.app'");
    expect(text).toContain("-H 'apns-topic: twice'");
    expect(text).toContain(`${FACTS.origin}/3/device/`);
  });

  test("of a payload that is not there says so, and a test expects its size", () => {
    const entry = entryOf({ payload: undefined, bytes: 40 });
    expect(curl(entry, { entry, headers: [] }, FACTS, "")).toHaveProperty("why");
    const { text } = vitestTest(entry, { kind: "not-kept" }) as { text: string };
    expect(text).toContain("expect(request!.bytes).toBe(40);");
  });

  test("goes to the port that the request came to", () => {
    const broadcast = entryOf({ kind: "broadcast", path: "/4/broadcasts/apps/a" });
    const text = (entry: typeof broadcast) =>
      (curl(entry, { entry, headers: [] }, FACTS, "") as { text: string }).text;
    expect(text(broadcast)).toContain("https://127.0.0.1:1/4/broadcasts");
    const channel = entryOf({
      kind: "channel",
      method: "GET",
      path: "/1/apps/a/channels",
      payload: "",
      bytes: 0,
    });
    expect(text(channel)).toContain("https://127.0.0.1:2/1/apps");
    expect(text(channel)).toContain("-X GET");
  });

  test("for a simulator names the app without the suffix of its topic", () => {
    const row = rowOf({ aps: { alert: "x" }, a: 1 }, { topic: "com.example.app.voip" });
    expect(JSON.parse((simulatorFile(row.entry, row.payload) as { text: string }).text)).toEqual({
      "Simulator Target Bundle": "com.example.app",
      aps: { alert: "x" },
      a: 1,
    });
  });

  test("as a test quotes what it was sent, so that it cannot become code", () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it must stay a text
    const evil = '`${process.exit()}`"); process.exit(); //\u2028';
    const row = rowOf(undefined, { payload: JSON.stringify({ aps: { alert: { title: evil } }, [evil]: 1 }) });
    const { text } = vitestTest(row.entry, row.payload) as { text: string };
    const { code } = transformSync(text, { loader: "ts", format: "cjs", target: "node20" });
    let title = "";
    const modules: Record<string, object> = {
      vitest: { test: (name: string) => (title = name) },
      "@apnskit/mock-server": {},
    };
    new Function("require", "module", code)((name: string) => modules[name], {});
    expect(title).toBe(`sends ${evil}`);
    expect(code).toContain("toEqual({");
  });
});

describe("the form of a fault", () => {
  const kinds = async (): Promise<FaultKind[]> => faultKinds(await openApiDocument(ROUTES));

  test("has every kind with every field that the server takes", async () => {
    const found = await kinds();
    expect(found.map(({ kind }) => kind)).toEqual([
      ...["answer", "latency", "goaway", "reset", "settings", "stall", "drop", "refuse"],
    ]);
    const answer = found[0]!.fields;
    expect(answer.map(({ name, input }) => [name, input])).toEqual([
      ["reason", "choice"],
      ["sticky", "flag"],
      ["acted", "flag"],
      ["retryAfter", "number"],
      ["timestamp", "number"],
      ["share", "number"],
      ["times", "number"],
      ["token", "text"],
      ["topic", "text"],
      ["connection", "number"],
    ]);
    expect(answer[0]!.options).toEqual([...Object.keys(DEVICE_REASONS), ...Object.keys(CHANNEL_REASONS)]);
    for (const { fields } of found) for (const field of fields) expect(field.does, field.name).not.toBe("");
    expect(found[1]!.fields[0]).toMatchObject({ input: "latency", required: true });
    expect(found[2]!.fields.find(({ name }) => name === "lastStreamId")).toMatchObject({
      input: "number-or-text",
    });
  });

  test("makes the fault of what was typed", async () => {
    const [answer, latency, goaway, reset] = await kinds();
    expect(
      faultOf(answer!, { reason: "Shutdown", share: "0.5", times: "", sticky: true, acted: false }),
    ).toEqual({
      ...{ kind: "answer", reason: "Shutdown", share: 0.5, sticky: true },
    });
    expect(faultOf(latency!, { latency: "20..80" })).toEqual({
      kind: "latency",
      latency: { min: 20, max: 80 },
    });
    expect(faultOf(goaway!, { lastStreamId: "acted", code: "2" })).toEqual({
      kind: "goaway",
      lastStreamId: "acted",
      code: 2,
    });
    // A code of `reset` may be a name, and that of `goaway` may not.
    expect(carriedOver({ code: "CANCEL", acted: true, topic: "t" }, reset!, goaway!)).toEqual({ topic: "t" });
    expect(carriedOver({ topic: "t", latency: "5" }, latency!, answer!)).toEqual({ topic: "t" });
    // What makes no sense goes to the server as it is, whose message names the field.
    expect(faultOf(answer!, { reason: "Shutdown", share: "half" })).toMatchObject({ share: "half" });
  });
});

describe("the words of a fault", () => {
  const common = {
    share: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
    times: fc.option(fc.integer({ min: 1, max: 99 }), { nil: undefined }),
    topic: fc.option(fc.constantFrom("com.example.app", "true", "7"), { nil: undefined }),
  };
  const latency = fc.oneof(
    fc.integer({ min: 0, max: 999 }),
    fc.record({ min: fc.constant(1), max: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ median: fc.constant(1), p99: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ mean: fc.constant(5), deviation: fc.integer({ min: 0, max: 9 }) }),
  );
  const fault = fc.oneof(
    fc.record({
      kind: fc.constant("answer"),
      reason: fc.constantFrom("Shutdown"),
      sticky: fc.boolean(),
      ...common,
    }),
    fc.record({ kind: fc.constant("latency"), latency, ...common }),
    fc.record({
      kind: fc.constant("goaway"),
      text: fc.string({ maxLength: 6 }),
      twice: fc.boolean(),
      ...common,
    }),
    fc.record({
      kind: fc.constant("reset"),
      code: fc.constantFrom(7, "CANCEL"),
      acted: fc.constant(true),
      ...common,
    }),
    fc.record({
      kind: fc.constant("stall"),
      ms: fc.option(fc.integer({ min: 0 }), { nil: undefined }),
      ...common,
    }),
    fc.record({ kind: fc.constant("refuse"), how: fc.constantFrom("hang"), ...common }),
  ) as fc.Arbitrary<Fault>;

  test("say the same fault, or there are none", () => {
    let said = 0;
    fc.assert(
      fc.property(fault, (given) => {
        const words = faultWords(given);
        if (words === undefined) return;
        said++;
        const wanted = JSON.parse(JSON.stringify(given));
        expect(parseFault(words)).toEqual(wanted);
      }),
      { numRuns: 500 },
    );
    expect(said).toBeGreaterThan(300);
  });

  test("of all buttons are taken by the command", () => {
    for (const preset of FAULT_PRESETS) {
      if (!("inject" in preset)) continue;
      expect(parseFault(faultWords(preset.inject)!)).toEqual(preset.inject);
      expect(injectLine(preset.inject)).toMatch(/^server\.inject\(\{ kind: ".*\}\);$/);
    }
  });
});

test.each([
  ["50", 50],
  ["20..80", { min: 20, max: 80 }],
  ["median=40,p99=250", { median: 40, p99: 250 }],
  ["fast", undefined],
  ["", undefined],
  ["min=", undefined],
])("the latency %j is read as %j", (words, latency) => {
  expect(readLatency(words)).toEqual(latency);
});

describe("a reason", () => {
  test("has a rule and a remedy, each of them that the server can give and none besides", () => {
    expect(Object.keys(REASON_TEXTS).sort()).toEqual(
      [...Object.keys(DEVICE_REASONS), ...Object.keys(CHANNEL_REASONS)].sort(),
    );
    for (const [reason, { rule, remedy }] of Object.entries(REASON_TEXTS)) {
      expect(rule, reason).toMatch(/^[A-Z`].*\.$/);
      expect(remedy, reason).toMatch(/^[A-Z`].*\.$/);
    }
    expect(reasonText("FeatureNotEnabled")).toBe(REASON_TEXTS.BroadcastFeatureNotEnabled);
    expect(reasonText("constructor")).toBeUndefined();
  });

  test("has the consequence that the client draws from it", () => {
    const expected: Record<string, string> = {
      "fix-request": "correct",
      "fix-credentials": "correct",
      "check-environment": "correct",
      "drop-token": "drop the device",
      never: "leave it",
      "new-token": "try again",
      "same-token-later": "try again",
      later: "try again",
      "new-connection": "new connection",
    };
    for (const [reason, { advice }] of REASONS) {
      expect(REASON_TEXTS[reason as keyof typeof REASON_TEXTS].consequence, reason).toBe(expected[advice]);
    }
  });
});

test("a timeline has the request's own moments and those of its connection, in order", () => {
  const entry = entryOf({
    stream: 3,
    arrivedAt: 100,
    settledAt: 160,
    fault: "answer",
    status: 503,
    reason: "Shutdown",
  });
  const record = {
    ...{ number: 1, peer: "x", tls: "TLSv1.3", certificateTopics: undefined, openedAt: 50, closedAt: 200 },
    ...{ requests: 1, refused: 1, unanswered: 0, clientSettings: {} },
    events: [
      { at: 50, kind: "opened" as const },
      { at: 51, kind: "settings" as const, maxConcurrentStreams: 1 },
      { at: 120, kind: "reset" as const, stream: 1, code: 8 },
      { at: 170, kind: "goaway" as const, lastStreamId: 0, code: 0, reason: "Shutdown" },
      { at: 200, kind: "closed" as const },
    ],
  };
  expect(timelineOf(entry, record).map(({ at, what }) => `${at} ${what}`)).toEqual([
    "50 Connection opened",
    "51 SETTINGS sent: at most 1 at once",
    "100 Stream 3 arrived, 25 bytes",
    "160 A fault hit the request: answer",
    "160 Acted on: APNs would have sent the notification",
    "160 Answered 503 Shutdown",
    "170 GOAWAY sent: last stream 0, NO_ERROR, Shutdown",
    "200 Connection closed",
  ]);
});
