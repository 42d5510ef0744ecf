import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ApnskitError, FieldError, FieldList } from "../src/index.ts";

const list = (name: unknown, value: unknown) =>
  FieldList.from([[name as string, value as string]], () => "literal");

/** The error that a field leads to. */
function refusal(name: unknown, value: unknown): FieldError {
  try {
    list(name, value);
  } catch (error) {
    expect(error).toBeInstanceOf(FieldError);
    return error as FieldError;
  }
  return expect.fail(`${JSON.stringify(name)}: ${JSON.stringify(value)} was accepted`);
}

describe("names (RFC 9113 §8.2.1)", () => {
  test("may hold exactly the characters of a token, without upper case", () => {
    const allowed: string[] = [];
    for (let code = 0; code < 0x180; code++) {
      const char = String.fromCharCode(code);
      try {
        list(`x${char}y`, "");
        allowed.push(char);
      } catch (error) {
        expect(error).toBeInstanceOf(FieldError);
      }
    }
    expect(allowed.join("")).toBe("!#$%&'*+-.0123456789^_`abcdefghijklmnopqrstuvwxyz|~");
  });

  test("may be no pseudo-header, empty or anything but a string", () => {
    for (const name of [":path", ":", "x:y", "", undefined, null, 7, {}]) refusal(name, "");
  });

  test("with a line break anywhere are refused, at the end too", () => {
    for (const name of ["x\n", "x\r\n", "\nx", "x\r\ny: z", "x\0"]) refusal(name, "value");
  });

  test.each(["connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade", "te"])(
    "%s belongs to HTTP/1.1 and is refused (RFC 9113 §8.2.2)",
    (name) => {
      expect(refusal(name, "value").message).toContain("no place in HTTP/2");
    },
  );
});

describe("values (RFC 9113 §8.2.1)", () => {
  test("may hold any character but control characters; the tab is allowed inside", () => {
    for (let code = 0; code < 0x180; code++) {
      const char = String.fromCharCode(code);
      const control = (code < 0x20 && char !== "\t") || code === 0x7f;
      if (control) refusal("x", `a${char}b`);
      else expect(list("x", `a${char}b`).fields).toHaveLength(1);
    }
  });

  test("with a line break, NUL or return at any place are refused", () => {
    for (const char of ["\n", "\r", "\0", "\r\n"]) {
      for (const value of [char, `${char}a`, `a${char}`, `a${char}b`, `a${char}x-injected: 1`]) {
        expect(refusal("x", value).message).toContain("control character");
      }
    }
  });

  test("with white space at either end are refused", () => {
    for (const value of [" a", "a ", "\ta", "a\t", " ", "\t"]) refusal("x", value);
    expect(list("x", "a b\tc").fields[0]!.value).toBe("a b\tc");
  });

  test("may be empty, but not missing or anything but a string", () => {
    expect(list("x", "").fields).toEqual([{ name: "x", value: "", indexing: "literal" }]);
    for (const value of [undefined, null, 7, {}, ["a"]]) {
      expect(refusal("x", value).message).toContain("not a string");
    }
  });

  test("are sent as UTF-8, one octet per character", () => {
    expect(list("x", "é→😀").fields[0]!.value).toBe("\xc3\xa9\xe2\x86\x92\xf0\x9f\x98\x80");
    expect(list("x", "\ud800").fields[0]!.value).toBe("\xef\xbf\xbd");
  });

  test("however chosen, never put a line break or NUL on the wire", () => {
    // Characters whose low octet is a line break must not turn into one.
    const risky = fc.constantFrom("\u010a", "\u010d", "\u0100", "\u560a", "\u560d", "\ud83d\ude0a");
    const text = fc.array(fc.oneof(fc.string({ unit: "binary" }), risky), { maxLength: 10 });
    fc.assert(
      fc.property(text, (parts) => {
        let fields: FieldList;
        try {
          fields = list("x", parts.join(""));
        } catch (error) {
          expect(error).toBeInstanceOf(FieldError);
          return;
        }
        const sent = fields.fields[0]!.value;
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
        expect(sent).toMatch(/^[\u0009\u0020-\u007e\u0080-\u00ff]*$/);
      }),
      { numRuns: 1_000 },
    );
  });
});

test("an error names the field, has a stable code and never repeats the value", () => {
  const error = refusal("authorization", "bearer secret\n");
  expect(error).toBeInstanceOf(ApnskitError);
  expect(error).toMatchObject({ name: "FieldError", code: "ERR_HTTP2_FIELD", field: "authorization" });
  expect(JSON.stringify(error) + error.message + error.stack).not.toContain("secret");
});

test("each field is indexed as the function says, in the order given", () => {
  const fields = FieldList.from(new Map(Object.entries({ b: "1", a: "2" })), (name) =>
    name === "a" ? "never" : "indexed",
  );
  expect(fields.fields).toEqual([
    { name: "b", value: "1", indexing: "indexed" },
    { name: "a", value: "2", indexing: "never" },
  ]);
});

test("a list without fields is the empty list", () => {
  expect(FieldList.from([], () => "literal")).toBe(FieldList.empty);
  expect(FieldList.empty.fields).toEqual([]);
});
