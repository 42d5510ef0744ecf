import { expect, test } from "vitest";
import { FloodGuard } from "../src/flood-guard.ts";
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
