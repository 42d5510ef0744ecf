import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, it } from "vitest";
import { outputOf } from "../src/program.ts";
import { linkTools } from "../src/tools.ts";

const unavailable = inject("unavailable");
const application = inject("application");

// node-pushnotifications depends on the clients of four other push services, so it is among the tools.
it.skipIf(unavailable)("the packed mock server answers node-pushnotifications as APNs does", async () => {
  const folder = join(application, "node-pushnotifications");
  mkdirSync(folder, { recursive: true });
  linkTools(application, ["node-pushnotifications"]);
  writeFileSync(
    join(folder, "push.mjs"),
    `import { MockApns } from "@apnskit/mock-server";
     import PushNotifications from "node-pushnotifications";
     const server = await MockApns.start({ topics: ["com.example.app"] });
     const gone = "bb".repeat(32);
     server.devices.unregister(gone, 1_700_000_000_123);
     const { key, keyId, teamId } = server.key;
     const push = new PushNotifications({
       apn: { token: { key, keyId, teamId }, address: "localhost", port: server.port, ca: [server.ca] },
     });
     const seen = [];
     const send = async (token, data) => {
       const [{ success, failure, message }] = await push.send([token].flat(), { title: "Hello", body: "World", ...data });
       seen.push({ success, failure, errors: message.map(({ errorMsg }) => errorMsg).filter(Boolean) });
     };
     const many = Array.from({ length: 20 }, (_, at) => at.toString(16).padStart(64, "0"));
     // Until the first push with a valid token, APNs allows one stream; this client does not wait for more.
     await send(many[0], { topic: "com.example.app", pushType: "alert" });
     await send(many, { topic: "com.example.app", pushType: "alert" });
     await send(gone, { topic: "com.example.app", pushType: "alert" });
     await send("aa".repeat(32), { topic: "com.example.foreign", pushType: "alert" });
     await send("aa".repeat(32), { topic: "com.example.app", pushType: "alert", body: "x".repeat(5_000) });
     push.apn?.shutdown();
     const { arrived, acted } = server.ledger.totals;
     await server.close();
     console.log(JSON.stringify({ seen, arrived, acted }));
     process.exit(0);`,
  );
  const { seen, arrived, acted } = JSON.parse(await outputOf(process.execPath, ["push.mjs"], folder));
  expect(seen).toEqual([
    { success: 1, failure: 0, errors: [] },
    { success: 20, failure: 0, errors: [] },
    { success: 0, failure: 1, errors: ["Unregistered"] },
    { success: 0, failure: 1, errors: ["TopicDisallowed"] },
    { success: 0, failure: 1, errors: ["PayloadTooLarge"] },
  ]);
  expect({ arrived, acted }).toEqual({ arrived: 24, acted: 21 });
});
