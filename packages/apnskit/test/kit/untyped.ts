import { expect, it } from "vitest";
import * as library from "../../src/index.ts";
import { refusal } from "./refusal.ts";

type Make = (options?: unknown) => library.Notification;
type Maker =
  | "alert"
  | "background"
  | "fileProvider"
  | "liveActivityStart"
  | "liveActivityUpdate"
  | "mdm"
  | "raw"
  | "safariWebsite"
  | "voip";

/** The functions without their types, which would refuse most of what tests of messages try. */
export const untyped = library as unknown as Record<Maker, Make>;

/** The whole message, the kind of problem, and what leads to it. */
export type MessageCase = [string, string, () => unknown];

/** One test for each message. */
export function expectMessages(cases: MessageCase[]): void {
  it.each(cases)("%s", (message, problem, attempt) => {
    const error = refusal(attempt);
    expect(error).toMatchObject({ problem, message });
    expect(message.startsWith(`${error.field}: `)).toBe(true);
  });
}
