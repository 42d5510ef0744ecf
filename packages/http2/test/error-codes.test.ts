import { expect, test } from "vitest";
import { ErrorCode, errorCodeName, ProtocolError } from "../src/index.ts";

test("error codes have the numbers of RFC 9113 §7", () => {
  expect(Object.entries(ErrorCode).map(([name, code]) => `${code} ${name}`)).toEqual([
    "0 NO_ERROR",
    "1 PROTOCOL_ERROR",
    "2 INTERNAL_ERROR",
    "3 FLOW_CONTROL_ERROR",
    "4 SETTINGS_TIMEOUT",
    "5 STREAM_CLOSED",
    "6 FRAME_SIZE_ERROR",
    "7 REFUSED_STREAM",
    "8 CANCEL",
    "9 COMPRESSION_ERROR",
    "10 CONNECT_ERROR",
    "11 ENHANCE_YOUR_CALM",
    "12 INADEQUATE_SECURITY",
    "13 HTTP_1_1_REQUIRED",
  ]);
});

test("codes have names; one that nobody registered is shown as its number", () => {
  expect(errorCodeName(0xb)).toBe("ENHANCE_YOUR_CALM");
  expect(errorCodeName(0xe)).toBe("0xe");
  expect(errorCodeName(0xffff_ffff)).toBe("0xffffffff");
});

test("a protocol error names its code in its message and carries a stable one", () => {
  const error = new ProtocolError(ErrorCode.FRAME_SIZE_ERROR, "PING of 7 octets");
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({
    name: "ProtocolError",
    code: "ERR_HTTP2_PROTOCOL",
    errorCode: 6,
    message: "PING of 7 octets (FRAME_SIZE_ERROR)",
  });
});
