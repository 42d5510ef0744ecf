import { expect, test } from "vitest";
import * as pool from "../src/index.ts";

test("the package exports these names", () => {
  expect(Object.keys(pool).sort()).toEqual([
    "Aborted",
    "ApnskitError",
    "Blocked",
    "Closed",
    "ConnectFailed",
    "Connection",
    "FormatError",
    "InvalidOption",
    "InvalidRequest",
    "Pool",
    "PushError",
    "Request",
    "RequestHeaders",
    "Response",
    "ResponseTooLarge",
    "StreamReset",
    "Timeout",
    "collapseIdFor",
    "systemClock",
    "withCollapseId",
  ]);
});
