import { describe, expect, test } from "vitest";
import { FloodGuard, REFILL_TIME } from "../src/flood-guard.ts";
import { ErrorCode, ProtocolError } from "../src/index.ts";

function spend(guard: FloodGuard, times: number): void {
  for (let i = 0; i < times; i++) guard.spend("PING");
}

test("allows as many frames as it was told, then ends the connection with ENHANCE_YOUR_CALM", () => {
  const guard = new FloodGuard(20);
  spend(guard, 20);
  try {
    guard.spend("PING");
    expect.fail("one too many was allowed");
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    expect((error as ProtocolError).errorCode).toBe(ErrorCode.ENHANCE_YOUR_CALM);
    expect((error as ProtocolError).message).toContain("PING");
  }
});

test("each answer pays for eight frames, but nothing is saved up", () => {
  const guard = new FloodGuard(20);
  guard.answered();
  guard.answered();
  spend(guard, 20);
  guard.answered();
  spend(guard, 8);
  expect(() => guard.spend("PING")).toThrow(ProtocolError);
});

test("an answer never pays for more than was spent", () => {
  const guard = new FloodGuard(20);
  spend(guard, 3);
  guard.answered();
  spend(guard, 20);
  expect(() => guard.spend("PING")).toThrow(ProtocolError);
});

test("replenishing restores the whole budget", () => {
  const guard = new FloodGuard(20);
  spend(guard, 20);
  guard.replenish();
  spend(guard, 20);
  expect(() => guard.spend("PING")).toThrow(ProtocolError);
});

describe("time (milliseconds)", () => {
  test("a frame every ten seconds is never too much, for days", () => {
    const guard = new FloodGuard(10_000);
    for (let now = 0; now < 4 * 86_400_000; now += 10_000) {
      guard.elapse(now);
      guard.spendLasting("PING");
    }
    expect(() => spend(guard, 9_990)).not.toThrow();
  });

  test("gives back the whole budget in a minute, and a part of it in a part of that", () => {
    const guard = new FloodGuard(60);
    guard.elapse(1_000);
    spend(guard, 60);
    guard.elapse(11_000);
    spend(guard, 10);
    expect(() => guard.spend("PING")).toThrow(ProtocolError);
    guard.elapse(11_000 + REFILL_TIME + 1_000_000);
    spend(guard, 60);
    expect(() => guard.spend("PING")).toThrow(ProtocolError);
  });

  test("is not saved up before the first frame, and means nothing by itself", () => {
    const guard = new FloodGuard(20);
    guard.elapse(5_000_000_000);
    spend(guard, 20);
    guard.elapse(5_000_000_000);
    expect(() => guard.spend("PING")).toThrow(ProtocolError);
  });

  test("that goes backwards or is no number gives nothing back", () => {
    const guard = new FloodGuard(20);
    guard.elapse(1_000);
    spend(guard, 20);
    for (const now of [0, -1, Number.NaN]) guard.elapse(now);
    expect(() => guard.spend("PING")).toThrow(ProtocolError);
  });
});

describe("frames that only time pays for", () => {
  const spendLasting = (guard: FloodGuard, times: number) => {
    for (let i = 0; i < times; i++) guard.spendLasting("SETTINGS");
  };

  test("use up the budget whatever answers come in between", () => {
    const guard = new FloodGuard(20);
    for (let i = 0; i < 20; i++) {
      guard.spendLasting("SETTINGS");
      guard.answered();
    }
    expect(() => guard.spendLasting("SETTINGS")).toThrow(ProtocolError);
  });

  test("leave the other frames to the answers", () => {
    const guard = new FloodGuard(20);
    spendLasting(guard, 10);
    spend(guard, 10);
    guard.answered();
    spend(guard, 8);
    expect(() => guard.spend("PING")).toThrow(ProtocolError);
  });

  test("are given back by time and by replenishing", () => {
    const guard = new FloodGuard(20);
    guard.elapse(0);
    spendLasting(guard, 20);
    guard.elapse(REFILL_TIME / 2);
    spendLasting(guard, 10);
    guard.replenish();
    spendLasting(guard, 20);
    expect(() => guard.spendLasting("SETTINGS")).toThrow(ProtocolError);
  });
});

test("work that is charged throws nothing by itself; the next frame finds the budget used up", () => {
  const guard = new FloodGuard(20);
  guard.charge(19);
  guard.spend("PING");
  guard.charge(100);
  guard.answered();
  expect(() => guard.spend("PING")).toThrow(ProtocolError);
});
