import { ApnskitError, FieldError, ProtocolError } from "@apnskit/http2";
import { beforeAll, describe, expect, it, vi } from "vitest";

let other: typeof import("@apnskit/http2");

beforeAll(async () => {
  vi.resetModules();
  other = await import("@apnskit/http2");
});

describe("two copies of the library in one process:", () => {
  it("the classes differ", () => {
    expect(other.ProtocolError).not.toBe(ProtocolError);
  });

  it("an error of one copy is an instance of the same class, and of its bases, of the other", () => {
    const error = new other.ProtocolError(other.ErrorCode.PROTOCOL_ERROR, "a rule was broken");
    expect(error instanceof ProtocolError).toBe(true);
    expect(error instanceof ApnskitError).toBe(true);
  });

  it("it is no instance of another class", () => {
    const error = new other.FieldError("te", "te is not allowed");
    expect(error instanceof ProtocolError).toBe(false);
    expect(error instanceof FieldError).toBe(true);
  });
});

describe("in one copy instanceof means what it always means:", () => {
  class OwnError extends ProtocolError {}

  it("a subclass of an application is told from its base", () => {
    const base = new ProtocolError(1, "a rule was broken");
    const own = new OwnError(1, "a rule was broken");
    expect([base instanceof OwnError, own instanceof OwnError, own instanceof ProtocolError]).toEqual([
      false,
      true,
      true,
    ]);
  });

  it.each([undefined, null, 1, "text", {}, new Error("other"), () => {}])("%s is none of ours", (value) => {
    expect((value as unknown) instanceof ApnskitError).toBe(false);
  });
});
