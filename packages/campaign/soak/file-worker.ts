import { generateKeyPairSync } from "node:crypto";
import { ApnsClient, alert, providerToken } from "apnskit";
import { Campaign } from "../src/index.ts";
import type { Errand } from "./arena.ts";
import { tokensOf } from "./tokens.ts";

const [journal, json] = process.argv.slice(2) as [string, string];
const { name, count, inDoubt, origin, ca } = JSON.parse(json) as Errand;
const onOrphaned = (): never => process.exit(1);
process.once("disconnect", onOrphaned);

const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const key = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
await using client = await ApnsClient.open({
  environment: "sandbox",
  origin,
  tls: { ca },
  topic: "com.example.app",
  auth: providerToken({ key, keyId: "ABC123DEFG", teamId: "DEF123GHIJ" }),
});
await using campaign = await Campaign.open({
  client,
  name,
  recipients: tokensOf(count),
  notification: alert({ body: "Hello" }),
  journal,
  inDoubt,
});
console.log("begins");
await campaign.run();
process.off("disconnect", onOrphaned);
process.disconnect();
