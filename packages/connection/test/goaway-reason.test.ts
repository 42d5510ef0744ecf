import { ErrorCode } from "@apnskit/http2";
import { expect, test } from "vitest";
import { goawayReason } from "../src/goaway-reason.ts";

test.each([
  ["JSON with a reason", '{"reason":"BadCertificateEnvironment"}', "BadCertificateEnvironment"],
  ["JSON with more", '{"timestamp":1,"reason":"Shutdown"}', "Shutdown"],
  ["JSON without a reason", '{"error":"x"}', '{"error":"x"}'],
  ["a reason that is no string", '{"reason":5}', '{"reason":5}'],
  ["a reason that is blank", '{"reason":" \\n "}', '{"reason":" \\n "}'],
  ["null", "null", "null"],
  [
    "text",
    "Maximum active streams violated for this endpoint.",
    "Maximum active streams violated for this endpoint.",
  ],
  ["cut JSON", '{"reason":"Bad', '{"reason":"Bad'],
  ["line breaks and other control characters", "a\r\nb\0c", "a b c"],
  ["nothing", "", "GOAWAY"],
  ["nothing but control characters", "\0\n", "GOAWAY"],
])("%s", (_title, debug, reason) => {
  expect(goawayReason(ErrorCode.NO_ERROR, debug)).toBe(reason);
});

test("without text the error code is the reason, by name or number", () => {
  expect(goawayReason(ErrorCode.ENHANCE_YOUR_CALM, "")).toBe("GOAWAY ENHANCE_YOUR_CALM");
  expect(goawayReason(0x1234, "")).toBe("GOAWAY 0x1234");
});

test("it is one line of bounded length without device tokens", () => {
  const token = "0123456789ABCDEF".repeat(4);
  const reason = goawayReason(
    ErrorCode.NO_ERROR,
    `Unexpected HTTP/1.x request: POST /3/device/${token} ${"x ".repeat(500)}`,
  );
  expect(reason).not.toContain(token);
  expect(reason).toContain("/3/device/01234567…");
  expect(reason.length).toBeLessThanOrEqual(200);
});
