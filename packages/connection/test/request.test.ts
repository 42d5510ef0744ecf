import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import {
  DEFAULT_TIMEOUT,
  InvalidRequest,
  Request,
  RequestHeaders,
  type RequestOptions,
} from "../src/index.ts";
import { outgoing } from "../src/internal.ts";

const token = "0123456789abcdef".repeat(4);
const headers = { authorization: "bearer top.secret", "apns-topic": "com.example.app" };

/** The part that is complained about, and the complaint. */
function complaint(make: () => unknown): [field: string, message: string] {
  try {
    make();
  } catch (error) {
    if (!(error instanceof InvalidRequest)) throw error;
    expect([error.name, error.code, error.delivery]).toEqual([
      "InvalidRequest",
      "ERR_APNS_INVALID_REQUEST",
      "unsent",
    ]);
    expect(error).toBeInstanceOf(InvalidRequest);
    return [error.field, error.message];
  }
  throw new Error("nothing was thrown");
}

describe("what is made", () => {
  test("from a path alone", () => {
    const request = Request.of("/3/device/1");
    expect(request).toMatchObject({
      path: "/3/device/1",
      method: "POST",
      timeout: DEFAULT_TIMEOUT,
      deadline: undefined,
      expiration: undefined,
      idempotent: false,
      headers: {},
    });
    expect(DEFAULT_TIMEOUT).toBe(10_000);
    expect(request.body).toHaveLength(0);
  });

  test("text is sent as UTF-8, bytes as they are and without a copy", () => {
    expect(Buffer.from(Request.of("/", {}, "é😀").body).toString()).toBe("é😀");
    const bytes = new Uint8Array([1, 2, 3]);
    expect(Request.of("/", {}, bytes).body).toBe(bytes);
  });

  test("json writes the payload once", () => {
    let calls = 0;
    const payload = {
      toJSON: () => {
        calls++;
        return { aps: {} };
      },
    };
    const request = Request.json("/a", {}, payload);
    for (const path of ["/b", "/c"]) expect(Buffer.from(request.to(path).body).toString()).toBe('{"aps":{}}');
    expect(calls).toBe(1);
  });

  test("options", () => {
    const deadline = new Date(1_800_000_000_000);
    const options: RequestOptions = { timeout: 5, deadline, idempotent: true, method: "DELETE" };
    expect(Request.of("/", {}, "", options)).toMatchObject({
      timeout: 5,
      deadline: 1_800_000_000_000,
      idempotent: true,
      method: "DELETE",
    });
    expect(Request.of("/", {}, "", { timeout: Infinity, deadline: 7 })).toMatchObject({
      timeout: Infinity,
      deadline: 7,
    });
  });
});

describe("to() and with()", () => {
  const original = Request.of("/3/device/1", headers, "{}", { timeout: 5 });

  test("to() changes the path of the new one alone, and shares headers and body", () => {
    const other = original.to("/3/device/2");
    expect([original.path, other.path]).toEqual(["/3/device/1", "/3/device/2"]);
    expect(other.body).toBe(original.body);
    expect(outgoing(other).sharedFields).toBe(outgoing(original).sharedFields);
    expect(other.timeout).toBe(5);
  });

  test("to() with headers of its own", () => {
    const other = original.to("/2", { "apns-id": "i" });
    expect(other.header("apns-id")).toBe("i");
    expect(original.header("apns-id")).toBeUndefined();
    expect(outgoing(other).sharedFields).toBe(outgoing(original).sharedFields);
  });

  test("with() adds and replaces, on the new one alone", () => {
    const other = original.with({ "apns-topic": "other", "apns-priority": "5" });
    expect(other.headers).toEqual({ ...headers, "apns-topic": "other", "apns-priority": "5" });
    expect(original.headers).toEqual(headers);
    const wire = [...outgoing(other).sharedFields.fields, ...outgoing(other).ownFields.fields].map(
      ({ name }) => name,
    );
    expect(wire.sort()).toEqual(["apns-priority", "apns-topic", "authorization"]);
  });

  test("with() on with()", () => {
    const other = original.with({ "apns-id": "1", "apns-priority": "5" }).with({ "apns-id": "2" });
    expect(other.headers).toEqual({ ...headers, "apns-id": "2", "apns-priority": "5" });
    expect(other.to("/9").header("apns-id")).toBe("2");
  });

  test("nothing of a request can be assigned", () => {
    const request = original as unknown as Record<string, unknown>;
    for (const name of [
      "path",
      "method",
      "body",
      "timeout",
      "deadline",
      "expiration",
      "idempotent",
      "headers",
    ]) {
      expect(() => {
        request[name] = 1;
      }, name).toThrow(TypeError);
    }
    original.headers["x-added"] = "1";
    expect(original.headers).toEqual(headers);
  });

  test("the object of headers that it was made from may change afterwards", () => {
    const own: Record<string, string> = { "apns-topic": "a" };
    const request = Request.of("/", own);
    own["apns-topic"] = "b";
    expect(request.header("apns-topic")).toBe("a");
  });
});

describe("idempotent", () => {
  test("by an apns-collapse-id, from the start or added", () => {
    expect(Request.of("/", { "apns-collapse-id": "c" }).idempotent).toBe(true);
    const plain = Request.of("/");
    expect([plain.idempotent, plain.with({ "apns-collapse-id": "c" }).idempotent]).toEqual([false, true]);
    expect(plain.to("/2", { "apns-collapse-id": "c" }).idempotent).toBe(true);
    expect(plain.with({ "apns-id": "c" }).idempotent).toBe(false);
  });

  test("by the caller's word, either way", () => {
    expect(Request.of("/", {}, "", { idempotent: true }).to("/2").idempotent).toBe(true);
    expect(Request.of("/", { "apns-collapse-id": "c" }, "", { idempotent: false }).idempotent).toBe(false);
  });
});

describe("expiration comes from the apns-expiration header, in milliseconds", () => {
  test.each([
    [undefined, undefined],
    ["0", undefined],
    ["1800000000", 1_800_000_000_000],
  ])("%s", (value, expiration) => {
    expect(Request.of("/", value === undefined ? {} : { "apns-expiration": value }).expiration).toBe(
      expiration,
    );
  });

  test("the request's own wins over the shared one, also when it is 0", () => {
    const request = Request.of("/", { "apns-expiration": "1800000000" });
    expect(request.with({ "apns-expiration": "1900000000" }).expiration).toBe(1_900_000_000_000);
    expect(request.with({ "apns-expiration": "0" }).expiration).toBeUndefined();
  });

  test.each(["", "-1", "1.5", "soon", "1e9", "1234567890123"])("%j is refused", (value) => {
    expect(complaint(() => Request.of("/", { "apns-expiration": value }))[0]).toBe("apns-expiration");
  });
});

describe("bad input is refused, and the field is named", () => {
  test.each([
    ["relative", "3/device/1"],
    ["empty", ""],
    ["a space", "/3/device/a b"],
    ["a line break", "/3/device/a\r\nx: y"],
    ["NUL", "/3/\0"],
    ["beyond ASCII", "/3/device/é"],
    ["a fragment", "/3#a"],
    ["an address", "https://api.push.apple.com/3/device/1"],
    ["no string", 5],
  ])("path: %s", (_title, path) => {
    expect(complaint(() => Request.of(path as string))[0]).toBe("path");
    expect(complaint(() => Request.of("/").to(path as string))[0]).toBe("path");
  });

  test("paths that are fine", () => {
    for (const path of ["/", "/3/device/ab-._~!$&'()*+,;=:@%20?q=1/2"])
      expect(Request.of(path).path).toBe(path);
  });

  test.each([
    ["Apns-Topic", { "Apns-Topic": "a" }],
    ["apns topic", { "apns topic": "a" }],
    ["", { "": "a" }],
    [":path", { ":path": "/" }],
    ["connection", { connection: "close" }],
    ["te", { te: "trailers" }],
    ["x-a", { "x-a": "b\r\nc: d" }],
    ["x-a", { "x-a": "b\nc" }],
    ["x-a", { "x-a": "b\0" }],
    ["x-a", { "x-a": " b" }],
    ["apns-priority", { "apns-priority": 10 }],
    ["apns-id", { "apns-id": undefined }],
  ])("header %j", (field, bad) => {
    expect(complaint(() => Request.of("/", bad as never))[0]).toBe(field);
    expect(complaint(() => Request.of("/").with(bad as never))[0]).toBe(field);
    expect(complaint(() => RequestHeaders.empty.with(bad as never))[0]).toBe(field);
  });

  test.each([[null], ["x"], [5]])("headers: %o", (bad) => {
    expect(complaint(() => Request.of("/", bad as never))).toEqual([
      "headers",
      `headers must be an object; received ${bad === null ? "null" : typeof bad}`,
    ]);
  });

  test.each([[null], [5], [{}]])("body: %o", (bad) => {
    expect(complaint(() => Request.of("/", {}, bad as never))[0]).toBe("body");
  });

  test("payloads that JSON cannot write", () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    for (const payload of [undefined, () => {}, Symbol("s"), 1n, circle]) {
      expect(complaint(() => Request.json("/", {}, payload))[0]).toBe("body");
    }
  });

  test.each([
    ["timeout", { timeout: -1 }],
    ["timeout", { timeout: Number.NaN }],
    ["deadline", { deadline: Number.NaN }],
    ["deadline", { deadline: Infinity }],
    ["deadline", { deadline: new Date("nonsense") }],
    ["method", { method: 5 }],
    ["maxBodyLength", { maxBodyLength: -1 }],
    ["maxBodyLength", { maxBodyLength: 1.5 }],
    ["idempotent", { idempotent: 1 }],
  ])("%s %o", (field, options) => {
    const [named, message] = complaint(() => Request.of("/", {}, "", options as RequestOptions));
    expect(named).toBe(field);
    expect(message).toContain(`received ${String(Object.values(options)[0])}`);
  });
});

describe("more bad input", () => {
  test.each([
    [
      "timeout",
      { timeout: "10" },
      'timeout must be milliseconds from 0, or Infinity; received the string "10"',
    ],
    ["method", { method: "PUT" }, 'method must be POST, GET or DELETE; received the string "PUT"'],
    [
      "deadline",
      { deadline: "" },
      'deadline must be a Date or milliseconds since 1970; received the string ""',
    ],
    ["deadline", { deadline: null }, "deadline must be a Date or milliseconds since 1970; received null"],
    ["timout", { timout: 5 }, 'unknown request option "timout"'],
  ])("%s %j: values are quoted as what they are", (field, options, message) => {
    expect(complaint(() => Request.of("/", {}, "", options as never))).toEqual([field, message]);
  });

  test.each([[null], [5], ["x"]])("options: %o", (options) => {
    expect(complaint(() => Request.of("/", {}, "", options as never))[0]).toBe("options");
  });

  test("undefined in an option means that it is not given", () => {
    const options = { timeout: undefined, deadline: undefined, idempotent: undefined, method: undefined };
    const request = Request.of("/", {}, "{}", { ...options, maxBodyLength: undefined });
    expect([request.timeout, request.method, request.idempotent]).toEqual([DEFAULT_TIMEOUT, "POST", false]);
  });
});

describe("no request is large enough to end a connection", () => {
  test("path: 1,024 characters, of a new request and of one to another device", () => {
    const path = (length: number) => `/${"a".repeat(length - 1)}`;
    expect(Request.of(path(1_024)).path).toHaveLength(1_024);
    const message = "path has 1025 characters, allowed are 1024";
    expect(complaint(() => Request.of(path(1_025)))).toEqual(["path", message]);
    expect(complaint(() => Request.of("/").to(path(1_025)))).toEqual(["path", message]);
  });

  test("a header: 128 characters of name, 4,096 of value", () => {
    expect(Request.of("/", { a: "b".repeat(4_096) }).header("a")).toHaveLength(4_096);
    const name = "a".repeat(129);
    for (const make of [Request.of("/").with.bind(Request.of("/")), RequestHeaders.from]) {
      expect(complaint(() => make({ "apns-topic": "b".repeat(4_097) }))).toEqual([
        "apns-topic",
        'value of header "apns-topic" has 4097 characters, allowed are 4096',
      ]);
      expect(complaint(() => make({ [name]: "x" }))[1]).toBe(
        "a header's name has 129 characters, allowed are 128",
      );
    }
    expect(complaint(() => RequestHeaders.of("apns-id", "i".repeat(5_000)))[0]).toBe("apns-id");
  });
});

describe("headers by which two servers could read one request differently", () => {
  test.each([
    "host",
    "http2-settings",
    "expect",
    "trailer",
    "upgrade",
    "te",
    "transfer-encoding",
    "connection",
  ])("%s is refused", (name) => {
    expect(complaint(() => Request.of("/", { [name]: "x" }))[0]).toBe(name);
    expect(complaint(() => Request.of("/").to("/1", { [name]: "x" }))[0]).toBe(name);
  });

  test("content-length is that of the body, or refused", () => {
    expect(Request.of("/", { "content-length": "2" }, "{}").header("content-length")).toBe("2");
    for (const wrong of ["0", "3", "2, 2", "+2", "0x2", "two"]) {
      const message = "content-length must be that of the body: 2";
      expect(complaint(() => Request.of("/", { "content-length": wrong }, "{}"))).toEqual([
        "content-length",
        message,
      ]);
      expect(complaint(() => Request.of("/", {}, "{}").with({ "content-length": wrong }))[1]).toBe(message);
      expect(complaint(() => Request.of("/", {}, "{}").to("/1", { "content-length": wrong }))[1]).toBe(
        message,
      );
    }
  });
});

describe("inspection is one line without secrets, with every option of inspect", () => {
  const request = Request.of(`/3/device/${token}`, headers, '{"aps":{"alert":"secret"}}');
  test.each([[{}], [{ showHidden: true, getters: true }], [{ showHidden: true, depth: 10 }]])(
    "%j",
    (options) => {
      expect(inspect(request, options)).toBe("Request { POST, body 26 bytes, timeout 10000 }");
      expect(inspect(RequestHeaders.from(headers), options)).toBe(
        "RequestHeaders { authorization, apns-topic }",
      );
    },
  );

  test("customInspect: false", () => {
    for (const value of [request, RequestHeaders.from(headers)]) {
      expect(inspect(value, { customInspect: false, depth: 10 })).not.toMatch(/0123456789abcdef|secret/);
    }
  });
});

describe("the body's limit", () => {
  test.each([
    ["a device push", "/3/device/1", "alert", 4_096],
    ["voip", "/3/device/1", "voip", 5_120],
    ["a broadcast", "/4/broadcasts/apps/com.example.app", "liveactivity", 5_120],
  ])("%s", (_title, path, type, limit) => {
    const make = (length: number) => Request.of(path, { "apns-push-type": type }, Buffer.alloc(length));
    expect(make(limit).body).toHaveLength(limit);
    expect(complaint(() => make(limit + 1))).toEqual([
      "body",
      `body has ${limit + 1} bytes, allowed are ${limit}`,
    ]);
  });

  test("counts bytes, not characters", () => {
    expect(complaint(() => Request.of("/", {}, "é".repeat(2_049)))[0]).toBe("body");
  });

  test("is an option", () => {
    expect(Request.of("/", {}, "12345", { maxBodyLength: 5 }).body).toHaveLength(5);
    expect(complaint(() => Request.of("/", {}, "123456", { maxBodyLength: 5 }))[0]).toBe("body");
  });
});

describe("secrets stay out of what gets printed", () => {
  const secret = Request.json(`/3/device/${token}`, headers, { aps: { alert: "private words" } }).with({
    "apns-id": "private-id",
  });

  test.each([
    ["console.log", () => inspect(secret, { depth: 10, showHidden: true })],
    ["JSON.stringify", () => JSON.stringify({ secret })],
    ["String", () => String(secret)],
    ["console.log of headers", () => inspect(RequestHeaders.from(headers), { depth: 10, showHidden: true })],
    ["JSON.stringify of headers", () => JSON.stringify(RequestHeaders.from(headers))],
    [
      "errors",
      () =>
        inspect(
          thrownBy(() => secret.to(`${token} `)),
          { depth: 10 },
        ),
    ],
    [
      "errors of headers",
      () => inspect(thrownBy(() => RequestHeaders.from({ authorization: "top.secret\n" }))),
    ],
  ])("%s", (_title, show) => {
    const shown = show().replaceAll(import.meta.filename, "");
    for (const text of [token, "top.secret", "private words", "private-id"]) {
      // The stack of an error shows this file's lines only by their numbers.
      expect(shown).not.toContain(text);
    }
  });
});

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe("RequestHeaders", () => {
  test("one set for many requests: checked and prepared once", () => {
    const shared = RequestHeaders.from(headers);
    expect(RequestHeaders.from(shared)).toBe(shared);
    const requests = ["/1", "/2"].map((path) => Request.of(path, shared, "{}"));
    expect(outgoing(requests[0]!).sharedFields).toBe(outgoing(requests[1]!).sharedFields);
    expect(shared.toRecord()).toEqual(headers);
    expect(shared.names).toEqual(["authorization", "apns-topic"]);
  });

  test("get finds what was given, and nothing that objects inherit", () => {
    const shared = RequestHeaders.from(headers);
    expect(shared.get("apns-topic")).toBe("com.example.app");
    expect([shared.get("apns-id"), shared.get("constructor"), shared.get("__proto__")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("with and without make new sets", () => {
    const shared = RequestHeaders.from(headers);
    expect(shared.with({ "apns-id": "1" }).names).toEqual(["authorization", "apns-topic", "apns-id"]);
    expect(shared.without(["authorization"]).toRecord()).toEqual({ "apns-topic": "com.example.app" });
    expect(shared.toRecord()).toEqual(headers);
  });

  test("values that change from request to request do not fill the peer's table, the others do", () => {
    const { fields } = RequestHeaders.from({
      "apns-topic": "t",
      authorization: "a",
      "apns-id": "1",
      "apns-expiration": "2",
      "apns-collapse-id": "3",
      "apns-request-id": "4",
    }).fields;
    expect(Object.fromEntries(fields.map(({ name, indexing }) => [name, indexing]))).toEqual({
      "apns-topic": "indexed",
      authorization: "indexed",
      "apns-id": "name",
      "apns-expiration": "name",
      "apns-collapse-id": "name",
      "apns-request-id": "name",
    });
  });
});
