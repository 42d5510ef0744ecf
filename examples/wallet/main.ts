import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { CertificateAuthority, MockApns, type WalletItem } from "@apnskit/mock-server";
import { MemoryRegistrations, nodeListener, updatePasses } from "@apnskit/wallet";
import { ApnsClient, certificate } from "apnskit";
import { Shop } from "./shop.ts";

const PASS_TYPE = "pass.com.example.boarding";

// Stand-ins for Apple: its authority, APNs, and phones with Wallet. All of them run on this machine.
const authority = await CertificateAuthority.create();
const { cert, key } = await authority.issue({
  usage: "client",
  uid: PASS_TYPE,
  environments: ["production"],
});
await using apple = await MockApns.start({ environment: "production", authority, topics: [PASS_TYPE] });
apple.wallet.trust(authority.certificate);

// The shop: cards, web service, and an APNs client with the certificate that signs the passes.
const registrations = new MemoryRegistrations();
const shop = await Shop.open({ cert, key, wwdr: authority.certificate }, registrations);
const listener = nodeListener(shop.service);
const web = createServer(await authority.issue(), (request, response) => void listener(request, response));
web.listen(0, "127.0.0.1");
await once(web, "listening");
shop.webServiceUrl = `https://127.0.0.1:${(web.address() as AddressInfo).port}/wallet`;
await using apns = await ApnsClient.open({
  environment: "production",
  origin: apple.origin,
  tls: { ca: authority.certificate },
  auth: certificate({ cert, key }),
});

const phone = apple.wallet.device();
const serial = shop.issue("Ada");
show("added", await phone.add(shop.pass(serial).bytes()));

shop.reward(serial, 7);
const { outcomes } = await updatePasses([serial], { apns, registrations, passTypeIdentifier: PASS_TYPE });
console.log(`pushed     ${outcomes.map(({ result }) => result).join(", ")}`);
await apple.wallet.idle();
show("updated", phone.item(serial)!);
for (const { method, path, status } of phone.requests) {
  console.log(`asked      ${method} ${path.replaceAll(phone.id, "<device>")} ${status}`);
}
web.close();
web.closeAllConnections();

function show(what: string, { content, version }: WalletItem): void {
  const { headerFields, primaryFields } = content.storeCard as Record<string, { value: unknown }[]>;
  const points = `${headerFields![0]!.value} points of ${primaryFields![0]!.value}`;
  console.log(`${what.padEnd(10)} version ${version}: ${points}`);
}
