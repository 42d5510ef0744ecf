/** Starts or continues the campaign, as the journal says. */
import { Campaign } from "@apnskit/campaign";
import { ApnsClient, alert, providerToken } from "apnskit";
import { type Errand, NAME, recipients } from "./errand.ts";

const { origin, ca, key, count, journal } = JSON.parse(process.argv[2]!) as Errand;

await using client = await ApnsClient.open({
  environment: "sandbox",
  origin,
  tls: { ca },
  topic: "com.example.app",
  auth: providerToken(key),
});
await using campaign = await Campaign.open({
  client,
  name: NAME,
  recipients: recipients(count),
  notification: alert({ title: "Spring sale", body: "Everything at half price until Sunday" }),
  journal,
});
process.once("SIGTERM", () => campaign.stop());
await campaign.run();
