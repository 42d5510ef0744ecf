import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CertificateAuthority,
  generateSigningKey,
  type IssuedCertificate,
  type LedgerEntry,
  MockApns,
} from "@apnskit/mock-server";
import { ApnsClient, alert, providerToken } from "apnskit";
import { APPLE_HOSTS, redirectAppleHosts } from "./apple-hosts.ts";
import type { Given } from "./given.ts";

const APP = "com.example.app";
const MDM_TOPIC = "com.apple.mgmt.External.9f2a6c1e-0d52-4b7e-8f55-2c1d3e4f5a6b";
const PASS_TYPE = "pass.com.example.boarding";
const ORDER_TYPE = "order.com.example.tea";
const WEBSITE = "web.com.example.tea";
const TOKENS = ["0a", "1b", "2c", "3d", "4e"].map((byte) => byte.repeat(32));
const A_DAY = 86_400_000;

/** Made once for all worlds: they take the longest to make. */
export interface Identities {
  readonly authority: CertificateAuthority;
  readonly server: IssuedCertificate;
  readonly app: IssuedCertificate;
  readonly mdm: IssuedCertificate;
  readonly pass: IssuedCertificate;
  readonly order: IssuedCertificate;
  readonly website: IssuedCertificate;
}

export async function createIdentities(): Promise<Identities> {
  const authority = await CertificateAuthority.create();
  const client = (uid: string, topics?: string[]): Promise<IssuedCertificate> =>
    authority.issue({ usage: "client", uid, environments: ["production"], ...(topics && { topics }) });
  const [server, app, mdm, pass, order, website] = await Promise.all([
    authority.issue({ altNames: ["localhost", "127.0.0.1", ...APPLE_HOSTS] }),
    authority.issue({
      usage: "client",
      uid: APP,
      topics: [APP, { topic: `${APP}.voip`, purposes: ["voip"] }],
      environments: ["sandbox", "production"],
    }),
    client(MDM_TOPIC),
    client(PASS_TYPE),
    client(ORDER_TYPE),
    client(WEBSITE),
  ]);
  return { authority, server, app, mdm, pass, order, website };
}

/** All that one example meets: both of Apple's environments, and what the reader is supposed to have. */
export class World implements AsyncDisposable {
  readonly #production: MockApns;
  readonly #sandbox: MockApns;
  readonly #identities: Identities;
  readonly #restore: () => void;
  #apns: ApnsClient | undefined;
  #folder: string | undefined;

  private constructor(production: MockApns, sandbox: MockApns, identities: Identities) {
    this.#production = production;
    this.#sandbox = sandbox;
    this.#identities = identities;
    this.#restore = redirectAppleHosts(production, sandbox);
  }

  static async open(identities: Identities): Promise<World> {
    const { authority, server: identity } = identities;
    const signingKey = generateSigningKey({ keyId: "ABC123DEFG", teamId: "DEF123GHIJ" });
    const shared = { authority, identity, signingKey };
    const production = await MockApns.start({ ...shared, environment: "production" });
    const sandbox = await MockApns.start(shared);
    for (const { devices } of [production, sandbox]) devices.unregister(TOKENS[1]!, Date.now() - A_DAY);
    return new World(production, sandbox, identities);
  }

  /** The given values, made as far as they are wanted. */
  async give(names: readonly (keyof Given)[]): Promise<Partial<Given>> {
    const given: { -readonly [Name in keyof Given]?: Given[Name] } = {};
    for (const name of names) Object.assign(given, { [name]: await this.#make(name, names) });
    return given;
  }

  /** What arrived for devices and channels, in either environment. */
  get requests(): LedgerEntry[] {
    return [this.#production, this.#sandbox].flatMap((server) => server.ledger.entries({}));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true });
    await this.#apns?.close();
    this.#restore();
    await Promise.all([this.#production.close(), this.#sandbox.close()]);
  }

  async #make(name: keyof Given, all: readonly (keyof Given)[]): Promise<unknown> {
    const { app, authority, mdm, order, pass, website } = this.#identities;
    switch (name) {
      case "key":
        return all.includes("cert") ? app.key : this.#production.key.key;
      case "keyId":
      case "teamId":
        return this.#production.key[name];
      case "cert":
        return app.cert;
      case "mdmPem":
        return mdm.cert + mdm.key;
      case "passPem":
        return pass.cert + pass.key;
      case "orderPem":
        return order.cert + order.key;
      case "websitePem":
        return website.cert + website.key;
      case "wwdr":
        return authority.certificate;
      case "token":
        return TOKENS[0];
      case "tokens":
        return TOKENS;
      case "journal":
        this.#folder ??= mkdtempSync(join(tmpdir(), "apnskit-docs-"));
        return join(this.#folder, "campaign.journal");
      case "channelId":
        return (await (await this.#client()).channels.create()).id;
      case "apns":
        return this.#client();
      case "server":
        await this.#pushThrice();
        return this.#sandbox;
    }
  }

  async #client(): Promise<ApnsClient> {
    this.#apns ??= await ApnsClient.open({
      environment: "production",
      auth: providerToken(this.#production.key),
      topic: APP,
    });
    return this.#apns;
  }

  async #pushThrice(): Promise<void> {
    const auth = providerToken(this.#sandbox.key);
    await using apns = await ApnsClient.open({ environment: "sandbox", auth, topic: APP });
    for (const token of [TOKENS[0]!, TOKENS[2]!, TOKENS[3]!])
      await apns.send(token, alert({ title: "Hello" }));
  }
}
