import { expect, it } from "vitest";
import * as apnskit from "../src/index.ts";

it("exports these names, and changes of them are deliberate", () => {
  expect(Object.keys(apnskit).sort()).toMatchInlineSnapshot(`
    [
      "ApnskitError",
      "BearerToken",
      "Certificate",
      "DeadTokens",
      "InvalidCredentials",
      "InvalidDeviceToken",
      "InvalidNotification",
      "Notification",
      "OutcomeSummary",
      "PUSH_TYPES",
      "ProviderToken",
      "ProviderTokenRejected",
      "REASONS",
      "Rejected",
      "alert",
      "background",
      "certificate",
      "complication",
      "controls",
      "deviceToken",
      "fileProvider",
      "liveActivityEnd",
      "liveActivityStart",
      "liveActivityUpdate",
      "location",
      "mdm",
      "providerToken",
      "pushToTalk",
      "raw",
      "reasonInfo",
      "safariWebsite",
      "shouldDrop",
      "summarise",
      "systemClock",
      "voip",
      "walletPass",
      "watchExpiry",
      "widgets",
    ]
  `);
});
