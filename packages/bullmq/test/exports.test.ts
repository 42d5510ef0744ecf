import { expect, it } from "vitest";
import * as bullmq from "../src/index.ts";

it("the package exports these names", () => {
  expect(Object.keys(bullmq).sort()).toMatchInlineSnapshot(`
    [
      "InvalidPushJob",
      "LockLost",
      "LockWatch",
      "PostgresStore",
      "PushFailed",
      "PushNotAccepted",
      "RedisStore",
      "SharedProviderToken",
      "SharedRateLimit",
      "StoreNotPrepared",
      "createPushProcessor",
      "pushJob",
      "stopWorker",
    ]
  `);
});
