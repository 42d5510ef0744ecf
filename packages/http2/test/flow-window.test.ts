import { describe, expect, test } from "vitest";
import { ReceiveWindow, widen } from "../src/flow-window.ts";

describe("the receiving side", () => {
  test("grants nothing until half of the window is used up, then all of it", () => {
    const window = new ReceiveWindow(1_000);
    expect(window.receive(499)).toBe(true);
    expect(window.grant()).toBe(0);
    expect(window.receive(1)).toBe(true);
    expect(window.grant()).toBe(500);
    expect(window.grant()).toBe(0);
    expect(window.receive(1_000)).toBe(true);
    expect(window.grant()).toBe(1_000);
  });

  test("tells when the peer sent more than it was allowed, by a single octet", () => {
    const window = new ReceiveWindow(1_000);
    expect(window.receive(1_000)).toBe(true);
    expect(window.receive(0)).toBe(true);
    expect(window.receive(1)).toBe(false);
  });
});

describe("the sending side (RFC 9113 §6.9.1)", () => {
  test("a window may grow to 2³¹ − 1 and no further", () => {
    expect(widen(0, 0x7fff_ffff)).toBe(0x7fff_ffff);
    expect(widen(1, 0x7fff_ffff)).toBeUndefined();
    expect(widen(-1, 0x7fff_ffff)).toBe(0x7fff_fffe);
    expect(widen(65_535, -70_000)).toBe(-4_465);
  });
});
