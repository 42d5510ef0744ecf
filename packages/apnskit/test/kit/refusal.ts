import { expect } from "vitest";
import { InvalidNotification } from "../../src/index.ts";

/** The error with which a notification is refused. */
export function refusal(attempt: () => unknown): InvalidNotification {
  try {
    attempt();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidNotification);
    return error as InvalidNotification;
  }
  throw new Error("nothing was thrown");
}
