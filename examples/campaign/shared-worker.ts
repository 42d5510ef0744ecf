/** Works on the campaigns of a shared store until SIGTERM. */
import { CampaignWorker, SharedProviderToken } from "@apnskit/bullmq";
import { ApnsClient, alert } from "apnskit";
import { LOCK, openStore, type SharedErrand } from "./shared-errand.ts";

const { origin, ca, key, store: address, queue } = JSON.parse(process.argv[2]!) as SharedErrand;

const store = openStore(address);
const token = await SharedProviderToken.open({ ...key, store: store.tokens });
const client = await ApnsClient.open({
  environment: "sandbox",
  origin,
  tls: { ca },
  topic: "com.example.app",
  auth: token.auth,
});
const worker = new CampaignWorker({
  store,
  client,
  queue,
  lockDuration: LOCK,
  // The store keeps the recipients, so a worker needs no other input.
  content: () => ({
    notification: alert({ title: "Spring sale", body: "Everything at half price until Sunday" }),
  }),
});
process.once("SIGTERM", async () => {
  await worker.close();
  await client.close();
  await token.close();
  await store.close();
});
