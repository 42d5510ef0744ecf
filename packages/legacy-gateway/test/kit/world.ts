import { MockApns, type MockApnsOptions } from "@apnskit/mock-server";
import { clientCertificate, serverCertificate, testAuthority } from "@apnskit/testkit";
import { type NetworkOptions, providerToken } from "apnskit";
import { LegacyGateway, type LegacyGatewayOptions, type LegacyService } from "../../src/index.ts";

export const TOPIC = "com.example.app";

/** A gateway between legacy clients and a mock APNs, with certificates for both sides. */
export class World implements AsyncDisposable {
  readonly apns: MockApns;
  readonly gateway: LegacyGateway;
  /** What a client with the app's certificate gives to TLS. */
  readonly client: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly #ports: Readonly<Record<LegacyService, number>>;

  private constructor(apns: MockApns, gateway: LegacyGateway, client: World["client"]) {
    this.apns = apns;
    this.gateway = gateway;
    this.client = client;
    const ports = gateway.addresses.map(({ service, port }) => [service, port] as const);
    this.#ports = Object.fromEntries(ports) as World["ports"];
  }

  /** @param upstream further options of the way to the mock server */
  static async open(
    options: Partial<LegacyGatewayOptions> = {},
    apnsOptions: MockApnsOptions = {},
    upstream: NetworkOptions = {},
  ): Promise<World> {
    const apns = await MockApns.start(apnsOptions);
    const { certificate: ca } = await testAuthority();
    const usual = await gatewayOptions(apns);
    const all = { ...usual, upstream: { ...usual.upstream, ...upstream }, ...options };
    const gateway = await LegacyGateway.open(all).catch(async (error) => {
      await apns.close();
      throw error;
    });
    return new World(apns, gateway, { ca, ...(await clientCertificate()) });
  }

  get ports(): Readonly<Record<LegacyService, number>> {
    return this.#ports;
  }

  /** The figures of the only app. */
  get counts() {
    return this.gateway.stats().apps[0]!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway.close({ drain: 0 });
    await this.apns.close();
  }
}

/** Options of a gateway for one app in front of a mock server. */
export async function gatewayOptions(apns: MockApns): Promise<LegacyGatewayOptions> {
  const { key, keyId, teamId } = apns.key;
  return {
    apps: [{ topic: TOPIC, environment: apns.environment, auth: providerToken({ key, keyId, teamId }) }],
    tls: await serverCertificate(),
    authorities: (await testAuthority()).certificate,
    listeners: [
      { service: "push", host: "127.0.0.1", port: 0 },
      { service: "feedback", host: "127.0.0.1", port: 0 },
    ],
    upstream: { origin: apns.origin, tls: { ca: apns.ca } },
  };
}

/** A device token that contains its number. */
export function tokenOf(index: number): Buffer {
  const token = Buffer.alloc(32, 0xaa);
  token.writeUInt32BE(index, 28);
  return token;
}

export const HELLO = Buffer.from('{"aps":{"alert":"Hello"}}');
