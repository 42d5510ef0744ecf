import { expect, it } from "vitest";
import * as bullmq from "../src/index.ts";

it("the package exports these names", () => {
  expect(Object.keys(bullmq).sort()).toMatchInlineSnapshot(`
    [
      "CampaignWorker",
      "Campaigns",
      "InvalidPushJob",
      "LockLost",
      "LockWatch",
      "LogCorrupt",
      "PostgresStore",
      "PushFailed",
      "PushNotAccepted",
      "RedisStore",
      "SharedProviderToken",
      "SharedRateLimit",
      "StoreNotPrepared",
      "UnknownCampaign",
      "createPushProcessor",
      "pushJob",
      "stopWorker",
    ]
  `);
});
