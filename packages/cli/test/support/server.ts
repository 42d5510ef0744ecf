import { MockApns, type MockApnsOptions } from "@apnskit/mock-server";
import type { Workbench } from "./command.ts";

export const TOKEN = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0";
export const OTHER = "aa".repeat(32);

/** A mock server, its authority and key in files, and the flags that lead to it. */
export class TestServer implements AsyncDisposable {
  readonly mock: MockApns;
  readonly caFile: string;
  readonly keyFile: string;

  private constructor(mock: MockApns, bench: Workbench) {
    this.mock = mock;
    this.caFile = bench.write("ca.pem", mock.ca);
    this.keyFile = bench.write(`AuthKey_${mock.key.keyId}.p8`, String(mock.key.key));
  }

  static async start(bench: Workbench, options: MockApnsOptions = {}): Promise<TestServer> {
    return new TestServer(await MockApns.start(options), bench);
  }

  /** The flags for the target. */
  get target(): string[] {
    return ["--target", this.mock.origin, "--ca", this.caFile];
  }

  /** The flags for the credentials. */
  get key(): string[] {
    return ["--key-file", this.keyFile, "--team-id", this.mock.key.teamId];
  }

  /** All flags that a command needs. */
  get flags(): string[] {
    return [...this.target, ...this.key, "--topic", "com.example.app"];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.mock.close();
  }
}
