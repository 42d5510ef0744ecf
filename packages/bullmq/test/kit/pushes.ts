import { MockApns, type MockApnsOptions } from "@apnskit/mock-server";
import { ApnsClient, type ApnsClientOptions, providerToken } from "apnskit";

/** A mock server and a client of it. */
export class PushBench implements AsyncDisposable {
  readonly server: MockApns;
  readonly apns: ApnsClient;

  private constructor(server: MockApns, apns: ApnsClient) {
    this.server = server;
    this.apns = apns;
  }

  static async open(client: Partial<ApnsClientOptions> = {}, mock: MockApnsOptions = {}): Promise<PushBench> {
    const server = await MockApns.start(mock);
    const apns = await ApnsClient.open({
      origin: server.origin,
      tls: { ca: server.ca },
      auth: providerToken(server.key),
      topic: "com.example.app",
      retry: { minDelay: 5 },
      ...client,
    } as ApnsClientOptions);
    return new PushBench(server, apns);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.apns.close();
    await this.server.close();
  }
}

export const device = (index: number): string => index.toString(16).padStart(64, "0");
