const IMPORTS = {
  mjs: `import { readFileSync } from "node:fs";
import { Campaign, readCampaign } from "@apnskit/campaign";
import { ApnsClient, alert, providerToken } from "apnskit";`,
  cjs: `const { readFileSync } = require("node:fs");
const { Campaign, readCampaign } = require("@apnskit/campaign");
const { ApnsClient, alert, providerToken } = require("apnskit");`,
};

/**
 * A program that runs a campaign of 300 recipients with a journal. `errand.json` beside it names the server.
 */
export function campaignProgram(kind: "mjs" | "cjs"): string {
  return `${IMPORTS[kind]}

async function main() {
  const { origin, ca, key } = JSON.parse(readFileSync("errand.json", "utf8"));
  const client = await ApnsClient.open({
    environment: "sandbox",
    origin,
    tls: { ca },
    topic: "com.example.app",
    auth: providerToken(key),
  });
  const recipients = Array.from({ length: 300 }, (_, at) => at.toString(16).padStart(64, "0"));
  const options = { client, name: "sale", recipients, notification: alert({ body: "Hello" }), journal: "journal" };
  const first = await Campaign.open({ ...options, concurrency: 10 });
  let seen = 0;
  for await (const { outcome } of first) {
    if (outcome.result === "accepted" && ++seen === 50) first.stop();
  }
  const stopped = first.report();
  const read = (await readCampaign("journal")).report.state;
  const finished = await (await Campaign.open(options)).run();
  let again = 0;
  for await (const _ of await Campaign.open(options)) again++;
  const other = { ...options, notification: alert({ body: "Another" }) };
  const refused = await Campaign.open(other).catch((error) => error.code);
  await client.close();
  const { accepted, inDoubt, state } = finished;
  console.log(JSON.stringify({
    stopped: { state: stopped.state, accepted: stopped.accepted },
    read,
    finished: { state, accepted, inDoubt },
    again,
    refused,
  }));
}

main();
`;
}
