import { randomBytes } from "node:crypto";
import { PackageRefused } from "../errors.ts";
import type { ServiceAnswer, ServiceClient, ServiceRequest } from "./service-client.ts";
import { type OpenedPackage, openPackage, type WalletItem } from "./wallet-item.ts";

/** A request that a device made, and its answer. */
export interface WalletRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** 0 if there was no answer. */
  readonly status: number;
}

/** Options of a device. */
export interface WalletDeviceOptions {
  /** Whether to verify signatures; default true. Without it, thousands of devices take less time. */
  readonly checkSignatures?: boolean;
}

interface Held {
  readonly opened: OpenedPackage;
  readonly item: WalletItem;
}

/** The most requests that a device remembers; older ones are dropped. */
const REMEMBERED = 1_000;

/**
 * A device with Wallet. It adds packages and registers with their web services. When it gets a push, it asks
 * for changes and fetches them.
 */
export class WalletDevice {
  /** The device library identifier. */
  readonly id = randomBytes(16).toString("hex");
  /** The token for pushes to the device. */
  readonly pushToken = randomBytes(32).toString("hex");
  readonly #client: ServiceClient;
  readonly #checkSignatures: boolean;
  readonly #onChange: () => void;
  readonly #held = new Map<string, Held>();
  /** The tag of the last list, by web service and type. */
  readonly #tags = new Map<string, string>();
  readonly #requests: WalletRequest[] = [];
  readonly #reports: string[] = [];
  readonly #pending = new Set<string>();
  #work: Promise<void> = Promise.resolve();
  #pushes = 0;

  /** @internal */
  constructor(client: ServiceClient, options: WalletDeviceOptions, onChange: () => void) {
    this.#client = client;
    this.#checkSignatures = options.checkSignatures ?? true;
    this.#onChange = onChange;
  }

  /** The passes and orders that it shows. */
  get items(): WalletItem[] {
    return Array.from(this.#held.values(), ({ item }) => item);
  }

  /** The requests that it made, oldest first; at most 1,000. */
  get requests(): readonly WalletRequest[] {
    return this.#requests;
  }

  /** Errors of the web services, as the device reported them to `/v1/log`. */
  get reports(): readonly string[] {
    return this.#reports;
  }

  /** The number of pushes so far. */
  get pushes(): number {
    return this.#pushes;
  }

  /** The pass or order that it shows, by serial number or order identifier. */
  item(id: string, type?: string): WalletItem | undefined {
    return this.items.find((one) => one.id === id && (type === undefined || one.type === type));
  }

  /**
   * Adds a pass or an order as if its user had tapped "Add", and registers for its updates.
   *
   * @throws PackageRefused for a package that Wallet would refuse. A web service that refuses the
   *   registration is in {@link WalletDevice.reports}.
   */
  async add(archive: Uint8Array): Promise<WalletItem> {
    const opened = await openPackage(archive, this.#checkSignatures);
    const item = this.#show(opened, undefined);
    if (opened.webServiceUrl === undefined) return item;
    const answer = await this.#ask(opened, {
      method: "POST",
      url: this.#registration(opened),
      headers: authorization(opened),
      body: { pushToken: this.pushToken },
    });
    if (answer !== undefined && ![200, 201].includes(answer.status)) {
      await this.#report(opened, `Registering for ${opened.id} was answered with ${answer.status}`);
    }
    return item;
  }

  /** Removes a pass or an order, and tells its web service. @returns whether it existed */
  async remove(id: string, type?: string): Promise<boolean> {
    const item = this.item(id, type);
    if (item === undefined) return false;
    const { opened } = this.#held.get(keyOf(item.type, item.id))!;
    this.#held.delete(keyOf(item.type, item.id));
    this.#onChange();
    if (opened.webServiceUrl !== undefined) {
      await this.#ask(opened, {
        method: "DELETE",
        url: this.#registration(opened),
        headers: authorization(opened),
      });
    }
    return true;
  }

  /** Fetches one item as if its user had pulled it down. */
  refresh(id: string, type?: string): Promise<void> {
    const item = this.item(id, type);
    return item === undefined ? Promise.resolve() : this.#fetch(item.type, item.id);
  }

  /** Waits until the work for all pushes so far is done. */
  async idle(): Promise<void> {
    await this.#work;
  }

  /** @internal A push came for a topic. Pushes that arrive during a request are handled together. */
  push(topic: string): void {
    this.#pushes++;
    if (this.#pending.has(topic)) return;
    this.#pending.add(topic);
    this.#work = this.#work.then(() => {
      this.#pending.delete(topic);
      return this.#update(topic);
    });
  }

  /** Asks each web service of the type for changes. */
  async #update(type: string): Promise<void> {
    const services = new Map<string, OpenedPackage>();
    for (const { opened } of this.#held.values()) {
      if (opened.type === type && opened.webServiceUrl !== undefined)
        services.set(opened.webServiceUrl, opened);
    }
    for (const opened of services.values()) await this.#updateFrom(opened);
  }

  async #updateFrom(opened: OpenedPackage): Promise<void> {
    const { protocol, type, webServiceUrl } = opened;
    const key = `${webServiceUrl} ${type}`;
    const tag = this.#tags.get(key);
    const query = tag === undefined ? "" : `?${protocol.since}=${encodeURIComponent(tag)}`;
    const url = `${webServiceUrl}/v1/devices/${this.id}/registrations/${encodeURIComponent(type)}${query}`;
    const answer = await this.#ask(opened, { method: "GET", url });
    if (answer === undefined || answer.status === 204) return;
    const list = answer.status === 200 ? parse(answer.body) : undefined;
    const ids = list?.[protocol.idsKey];
    const next = list?.[protocol.tagKey];
    if (!Array.isArray(ids) || typeof next !== "string") {
      await this.#report(opened, `The list of changes was answered with ${answer.status} and is not one`);
      return;
    }
    for (const id of ids) await this.#fetch(type, String(id));
    this.#tags.set(key, next);
  }

  async #fetch(type: string, id: string): Promise<void> {
    const held = this.#held.get(keyOf(type, id));
    if (held?.opened.webServiceUrl === undefined) return;
    const { opened, item } = held;
    const since = item.lastModified === undefined ? {} : { "if-modified-since": item.lastModified };
    const { collection } = opened.protocol;
    const url = `${opened.webServiceUrl}/v1/${collection}/${encodeURIComponent(type)}/${encodeURIComponent(id)}`;
    const answer = await this.#ask(opened, {
      method: "GET",
      url,
      headers: { ...authorization(opened), ...since },
    });
    if (answer === undefined || answer.status === 304) return;
    if (answer.status !== 200) {
      await this.#report(opened, `Fetching ${id} was answered with ${answer.status}`);
      return;
    }
    try {
      const next = await openPackage(answer.body, this.#checkSignatures);
      if (next.type !== type || next.id !== id) throw new PackageRefused(`It is ${next.id}, not ${id}`);
      this.#show(next, answer.lastModified);
    } catch (error) {
      if (!(error instanceof PackageRefused)) throw error;
      await this.#report(opened, `The new version of ${id} is refused: ${error.message}`);
    }
  }

  #show(opened: OpenedPackage, lastModified: string | undefined): WalletItem {
    const { protocol, type, id, content, files } = opened;
    const before = this.#held.get(keyOf(type, id))?.item.version ?? 0;
    const item = { kind: protocol.kind, type, id, content, files, lastModified, version: before + 1 };
    this.#held.set(keyOf(type, id), { opened, item });
    this.#onChange();
    return item;
  }

  #registration({ webServiceUrl, type, id }: OpenedPackage): string {
    const item = `${encodeURIComponent(type)}/${encodeURIComponent(id)}`;
    return `${webServiceUrl}/v1/devices/${this.id}/registrations/${item}`;
  }

  /** @returns `undefined` when there was no answer, which is reported */
  async #ask(opened: OpenedPackage, request: ServiceRequest): Promise<ServiceAnswer | undefined> {
    const { pathname, search } = new URL(request.url);
    const note = (status: number) => {
      if (this.#requests.length === REMEMBERED) this.#requests.shift();
      this.#requests.push({ method: request.method, path: pathname + search, status });
    };
    try {
      const answer = await this.#client.send(request);
      note(answer.status);
      return answer;
    } catch (error) {
      note(0);
      this.#reports.push(`${opened.webServiceUrl} does not answer: ${(error as Error).message}`);
      return undefined;
    }
  }

  async #report(opened: OpenedPackage, message: string): Promise<void> {
    this.#reports.push(message);
    await this.#ask(opened, {
      method: "POST",
      url: `${opened.webServiceUrl}/v1/log`,
      body: { logs: [message] },
    });
  }
}

function authorization({ protocol, authenticationToken }: OpenedPackage): { authorization: string } {
  return { authorization: `${protocol.scheme} ${authenticationToken}` };
}

function keyOf(type: string, id: string): string {
  return `${type} ${id}`;
}

function parse(body: Buffer): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(body.toString("utf8"));
    return typeof json === "object" && json !== null ? (json as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
