import { originOf } from "../host-addresses.ts";
import type { MockApnsOptions } from "../options.ts";
import { BROADCAST_PREFIX } from "../services/broadcast-service.ts";
import type { Service } from "../services/service.ts";
import type { Connection } from "./connection.ts";
import { Listener, type ListenerWorld } from "./listener.ts";

/** The services behind the ports. */
export interface Services {
  readonly push: Service;
  readonly broadcast: Service;
  readonly channel: Service;
}

/** The three ports of a server: device pushes (broadcasts, too), broadcasts, channel management. */
export class Ports {
  readonly #host: string;
  readonly #pushes: Listener;
  readonly #broadcasts: Listener;
  readonly #management: Listener;

  private constructor(world: ListenerWorld, { push, broadcast, channel }: Services, host: string) {
    this.#host = host;
    this.#pushes = new Listener(world, (path) => (path.startsWith(BROADCAST_PREFIX) ? broadcast : push));
    this.#broadcasts = new Listener(world, () => broadcast);
    this.#management = new Listener(world, () => channel);
  }

  /** @throws MockListenError if a port is taken; no port is then open */
  static async open(world: ListenerWorld, services: Services, options: MockApnsOptions): Promise<Ports> {
    const { host = "127.0.0.1", port = 0, broadcastPort = 0, managementPort = 0 } = options;
    const ports = new Ports(world, services, host);
    try {
      await ports.#pushes.listen(port, host);
      await ports.#broadcasts.listen(broadcastPort, host);
      await ports.#management.listen(managementPort, host);
    } catch (error) {
      await ports.close();
      throw error;
    }
    return ports;
  }

  /** The port for device pushes. */
  get port(): number {
    return this.#pushes.port;
  }

  get origin(): string {
    return originOf("https", this.#host, this.#pushes.port);
  }

  get broadcastOrigin(): string {
    return originOf("https", this.#host, this.#broadcasts.port);
  }

  get managementOrigin(): string {
    return originOf("https", this.#host, this.#management.port);
  }

  get connections(): Connection[] {
    return this.#all.flatMap((listener) => [...listener.connections]);
  }

  /** Whether new connections are taken. */
  get isListening(): boolean {
    return this.#pushes.isListening;
  }

  pause(): void {
    for (const listener of this.#all) listener.pause();
  }

  async resume(): Promise<void> {
    await Promise.all(this.#all.map((listener) => listener.resume()));
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((listener) => listener.close()));
  }

  get #all(): Listener[] {
    return [this.#pushes, this.#broadcasts, this.#management];
  }
}
