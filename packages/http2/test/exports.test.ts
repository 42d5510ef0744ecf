import { expect, test } from "vitest";
import * as http2 from "../src/index.ts";

test("the package exports these names", () => {
  expect(Object.keys(http2).sort()).toEqual([
    "ApnskitError",
    "ClientSession",
    "Decoder",
    "Encoder",
    "ErrorCode",
    "FieldError",
    "FieldList",
    "HeaderListTooLarge",
    "NoFreeStream",
    "OutputBuffer",
    "ProtocolError",
    "SessionOptionError",
    "TextContent",
    "createField",
    "defaultLimits",
    "defaultSettings",
    "errorCodeName",
    "fieldText",
    "octetsOf",
    "resolveLimits",
  ]);
});
