// Requests with header objects of their own, but equal ones, share one checked set; no header outlives its requests by that.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { RequestHeaders } from "../src/request-headers.ts";

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A token that no other test uses. */
let tokens = 0;
const headersWith = (values: Record<string, string> = {}): Record<string, string> => ({
  authorization: `bearer ${"t".repeat(20)}${++tokens}`,
  "apns-topic": "com.example.app",
  ...values,
});

describe("equal header objects", () => {
  it("give the same set within a turn of the event loop, and in later turns while a request holds the set", async () => {
    const given = headersWith();
    const set = RequestHeaders.from({ ...given });
    expect(RequestHeaders.from({ ...given })).toBe(set);
    await nextTurn();
    expect(RequestHeaders.from({ ...given })).toBe(set);
  });

  it("share nothing with objects that differ in a value, a name, the order or the number of headers", () => {
    const given = headersWith({ "apns-priority": "5" });
    const set = RequestHeaders.from(given);
    const { authorization, ...rest } = given as { authorization: string };
    const others: Record<string, string>[] = [
      { ...given, "apns-priority": "1" },
      { ...given, "apns-expiration": "0" },
      rest,
      { ...rest, authorization },
      { authorization, "apns-topic": "com.example.app", "apns-push-type": "5" },
    ];
    for (const other of others) {
      const made = RequestHeaders.from(other);
      expect(made).not.toBe(set);
      expect(made.toRecord()).toEqual(other);
      expect(made.names).toEqual(Object.keys(other));
    }
  });

  it("keep two texts apart of which one looks like the octets of the other", () => {
    const octets = RequestHeaders.from({ "x-name": "é" });
    const text = RequestHeaders.from({ "x-name": "Ã©" });
    expect(octets.get("x-name")).toBe("é");
    expect(text.get("x-name")).toBe("Ã©");
    expect(RequestHeaders.from({ "x-name": "é" }).get("x-name")).toBe("é");
  });

  it("are refused again after they were refused once", () => {
    for (let i = 0; i < 3; i++) expect(() => RequestHeaders.from({ "x-name": "a\nb" })).toThrow("x-name");
  });

  it("are found among a hundred thousand others, which are not kept", async () => {
    const given = headersWith();
    const set = RequestHeaders.from({ ...given });
    RequestHeaders.from({ ...given });
    for (let i = 0; i < 100_000; i++) RequestHeaders.from({ "x-number": String(i) });
    await nextTurn();
    expect(RequestHeaders.from({ ...given })).toBe(set);
  });
});

it("a bearer token goes with the requests that carried the token", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const sets: WeakRef<RequestHeaders>[] = [];
  (function send(): void {
    const given = headersWith();
    for (let i = 0; i < 10; i++) sets.push(new WeakRef(RequestHeaders.from({ ...given })));
  })();
  for (let i = 0; i < 20 && sets.some((set) => set.deref() !== undefined); i++) {
    await nextTurn();
    collect();
  }
  expect(sets.map((set) => set.deref())).toEqual(sets.map(() => undefined));
});
