import type { Ledger } from "../ledger/ledger.ts";
import type { LedgerEntry } from "../ledger/ledger-entry.ts";
import type { DeviceRegistry } from "../services/device-registry.ts";
import { ServiceClient } from "./service-client.ts";
import { WalletDevice, type WalletDeviceOptions } from "./wallet-device.ts";

/** Devices with Wallet that get the pushes of this server. */
export class Wallet {
  readonly #ledger: Ledger;
  readonly #registry: DeviceRegistry;
  readonly #byToken = new Map<string, WalletDevice>();
  readonly #listeners = new Set<(device: WalletDevice) => void>();
  #client: ServiceClient | undefined;
  #trusted: string | undefined;
  #stop: (() => void) | undefined;

  constructor(ledger: Ledger, registry: DeviceRegistry) {
    this.#ledger = ledger;
    this.#registry = registry;
  }

  /**
   * Authority to trust for web services, PEM, instead of those of Node.js. Set it before the first device.
   */
  trust(ca: string): void {
    this.#trusted = ca;
  }

  /** Makes a device. The server knows its push token, for production: Wallet has no sandbox. */
  device(options: WalletDeviceOptions = {}): WalletDevice {
    this.#client ??= new ServiceClient(this.#trusted);
    this.#stop ??= this.#ledger.subscribe((entry) => this.#deliver(entry));
    const device = new WalletDevice(this.#client, options, () => {
      for (const listener of this.#listeners) listener(device);
    });
    this.#byToken.set(device.pushToken, device);
    this.#registry.register(device.pushToken, { environment: "production" });
    return device;
  }

  /** All devices, oldest first. */
  get devices(): WalletDevice[] {
    return [...this.#byToken.values()];
  }

  /** A device is gone: its push token is dead from now on, and the web services are not told. */
  erase(device: WalletDevice): void {
    if (this.#byToken.delete(device.pushToken)) this.#registry.unregister(device.pushToken);
  }

  /** Waits until all devices have done the work for the pushes so far. */
  async idle(): Promise<void> {
    await Promise.all(this.devices.map((device) => device.idle()));
  }

  /** Calls the function with a device when its items change. Returns a function that ends this. */
  subscribe(listener: (device: WalletDevice) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends the connections of the devices. */
  close(): void {
    this.#stop?.();
    this.#client?.close();
    this.#byToken.clear();
    this.#listeners.clear();
  }

  /** Wallet asks its web service whatever the payload contains: it should be `{}`. */
  #deliver({ kind, token, topic, status }: LedgerEntry): void {
    if (kind !== "push" || status !== 200 || topic === undefined) return;
    this.#byToken.get(token.toLowerCase())?.push(topic);
  }
}
