import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { MockApns, type WalletItem } from "@apnskit/mock-server";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { ApnsClient, certificate } from "apnskit";
import { beforeAll, describe, expect, it } from "vitest";
import {
  FileRegistrations,
  loadModel,
  nodeListener,
  OrderSigner,
  order,
  orderService,
  type PackageFiles,
  PassSigner,
  pass,
  passService,
  type SignedPackage,
  type UpdateReport,
  updateOrders,
  updatePasses,
} from "../src/index.ts";
import { Authority } from "./kit/authority.ts";
import { ORDER_TYPE, orderFiles, PASS_TYPE, passFiles, TOKEN } from "./kit/models.ts";
import { Folder, hasTool } from "./kit/tools.ts";

failOnLeaks();

const folder = new Folder();
const DEVICES = Number(process.env.APNSKIT_WALLET_DEVICES ?? 1_000);
/** Devices that verify signatures. The others check only digests, which takes a tenth of the time. */
const STRICT = 10;

const tokenOf = (serialNumber: string) => `${TOKEN}-${serialNumber}`;

interface Made {
  readonly passes: PassSigner;
  readonly orders: OrderSigner;
}

let made: Made;

beforeAll(async () => {
  const authority = await Authority.create({ keyType: "EC" });
  const card = await authority.issue(PASS_TYPE, { keyType: "EC" });
  const shop = await authority.issue(ORDER_TYPE, { keyType: "EC" });
  made = {
    passes: new PassSigner({ ...card, wwdr: authority.intermediate }),
    orders: new OrderSigner({ ...shop, wwdr: authority.intermediate }),
  };
});

/** An application with its web service, APNs, and devices. */
class World implements AsyncDisposable {
  /** The application's data: the points on each card. */
  readonly points = new Map<string, number>();
  orderStatus = "open";
  readonly server: MockApns;
  readonly registrations: FileRegistrations;
  readonly base: string;
  apns!: ApnsClient;
  readonly #web: Server;
  readonly #model: PackageFiles;
  readonly #orderModel: PackageFiles;

  private constructor(
    server: MockApns,
    registrations: FileRegistrations,
    web: Server,
    models: PackageFiles[],
  ) {
    this.server = server;
    this.registrations = registrations;
    this.#web = web;
    this.base = `https://127.0.0.1:${(web.address() as AddressInfo).port}/wallet`;
    [this.#model, this.#orderModel] = models as [PackageFiles, PackageFiles];
    const passes = passService({
      registrations,
      basePath: "/wallet",
      find: (serial) =>
        this.points.has(serial)
          ? { authenticationToken: tokenOf(serial), package: () => this.pass(serial) }
          : undefined,
    });
    const orders = orderService({
      registrations,
      basePath: "/wallet",
      find: (id) =>
        id === "100-1" ? { authenticationToken: TOKEN, package: () => this.order() } : undefined,
    });
    const listener = nodeListener((request) =>
      request.url.includes("order") ? orders(request) : passes(request),
    );
    web.on("request", (request, response) => void listener(request, response));
  }

  static async open(): Promise<World> {
    const server = await MockApns.start({ environment: "production", acceptUnknownDevices: false });
    server.wallet.trust(server.ca);
    for (const topic of [PASS_TYPE, ORDER_TYPE]) server.addTopic(topic);
    const registrations = await FileRegistrations.open(folder.at(`registrations-${server.port}`));
    const web = createServer(await server.authority.issue({ altNames: ["localhost", "127.0.0.1"] }));
    web.listen(0, "127.0.0.1");
    await once(web, "listening");
    const models = await Promise.all([loadModel(passFiles()), loadModel(orderFiles())]);
    const world = new World(server, registrations, web, models);
    const client = await server.issueClientCertificate({
      uid: PASS_TYPE,
      topics: [PASS_TYPE, ORDER_TYPE],
      environments: ["production"],
    });
    const { origin, clientOptions } = server;
    const auth = certificate(client);
    world.apns = await ApnsClient.open({ environment: "production", origin, ...clientOptions, auth });
    return world;
  }

  pass(serialNumber: string): SignedPackage {
    const value = this.points.get(serialNumber) ?? 0;
    return made.passes.sign(
      pass(this.#model, {
        serialNumber,
        authenticationToken: tokenOf(serialNumber),
        webServiceURL: this.base,
        storeCard: { primaryFields: [{ key: "points", label: "Points", value }] },
      }),
    );
  }

  order(): SignedPackage {
    return made.orders.sign(order(this.#orderModel, { status: this.orderStatus, webServiceURL: this.base }));
  }

  updatePasses(serials: readonly string[]): Promise<UpdateReport> {
    const { apns, registrations } = this;
    return updatePasses(serials, { apns, registrations, passTypeIdentifier: PASS_TYPE });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.apns.close();
    await this.server.close();
    this.#web.close();
    this.#web.closeAllConnections();
    await once(this.#web, "close");
    await this.registrations.close();
  }
}

const pointsOf = (item: WalletItem | undefined) =>
  (item?.content as { storeCard: { primaryFields: [{ value: number }] } } | undefined)?.storeCard
    .primaryFields[0].value;

describe("the whole circle over HTTPS", () => {
  it(`${DEVICES} devices register, get a push, and fetch the new pass once each`, async () => {
    await using world = await World.open();
    const { server, registrations, points } = world;
    const serials = Array.from({ length: DEVICES }, (_, n) => `card-${n}`);
    for (const serial of serials) points.set(serial, 1);
    const devices = serials.map((_, n) => server.wallet.device({ checkSignatures: n < STRICT }));
    await Promise.all(devices.map((device, n) => device.add(world.pass(serials[n]!).bytes())));
    expect(registrations.size).toBe(DEVICES);
    for (const serial of serials) points.set(serial, 2);

    const report = await world.updatePasses(serials);
    expect(report.outcomes.filter(({ result }) => result !== "accepted")).toEqual([]);
    expect(report.outcomes).toHaveLength(DEVICES);
    await server.wallet.idle();

    for (const [n, device] of devices.entries()) {
      const item = device.item(serials[n]!);
      expect(pointsOf(item)).toBe(2);
      expect(item?.version).toBe(2);
      expect(device.reports).toEqual([]);
      expect(device.requests.map(({ method, status }) => `${method} ${status}`)).toEqual([
        "POST 201",
        "GET 200",
        "GET 200",
      ]);
    }
    // Nothing has changed since: the list is empty, and the pass is not sent again.
    const [first] = devices;
    await first!.refresh(serials[0]!);
    expect(first!.requests.at(-1)).toMatchObject({ method: "GET", status: 304 });
    first!.push(PASS_TYPE);
    await first!.idle();
    expect(first!.requests.at(-1)).toMatchObject({ status: 204 });

    // One device is gone, and its registration goes with the next update; one pass is removed by its user.
    server.wallet.erase(devices[1]!);
    expect(await devices[2]!.remove(serials[2]!)).toBe(true);
    const next = await world.updatePasses(serials.slice(0, 3));
    expect(next.outcomes.map(({ result }) => result).sort()).toEqual(["accepted", "rejected"]);
    expect(next.dropped).toBe(1);
    await server.wallet.idle();
    expect(registrations.size).toBe(DEVICES - 2);
  }, 600_000);

  it("pushes once to a device with several changed passes, which asks once and fetches all", async () => {
    await using world = await World.open();
    const { server, points } = world;
    const device = server.wallet.device();
    for (const serial of ["a", "b", "c"]) {
      points.set(serial, 1);
      await device.add(world.pass(serial).bytes());
    }
    for (const serial of ["a", "c"]) points.set(serial, 5);
    await world.updatePasses(["a", "c"]);
    await server.wallet.idle();
    expect(device.pushes).toBe(1);
    expect(["a", "b", "c"].map((serial) => pointsOf(device.item(serial)))).toEqual([5, 1, 5]);
    // The first list has all passes, since the device has no tag yet.
    points.set("b", 7);
    await world.updatePasses(["b"]);
    await server.wallet.idle();
    expect(device.requests.slice(-2).map(({ path }) => path)).toEqual([
      expect.stringMatching(/\?passesUpdatedSince=\d+$/),
      expect.stringMatching(/\/passes\/.*\/b$/),
    ]);
    expect(pointsOf(device.item("b"))).toBe(7);
  });

  it("shows the old pass on and reports to the service when the new one is refused", async () => {
    await using world = await World.open();
    const device = world.server.wallet.device();
    world.points.set("odd", 1);
    await device.add(world.pass("odd").bytes());
    const { passes } = made;
    world.points.set("odd", 2);
    made = { ...made, passes: { sign: () => world.order() } as never };
    await world.updatePasses(["odd"]);
    await world.server.wallet.idle();
    made = { ...made, passes };
    expect(pointsOf(device.item("odd"))).toBe(1);
    expect(device.reports).toEqual([
      expect.stringMatching(/new version of odd is refused: It is 100-1, not odd/),
    ]);
    expect(device.requests.at(-1)).toEqual({ method: "POST", path: "/wallet/v1/log", status: 200 });
  });

  it("updates orders as it updates passes", async () => {
    await using world = await World.open();
    const { server, apns, registrations } = world;
    const device = server.wallet.device();
    await device.add(world.order().bytes());
    world.orderStatus = "completed";
    await updateOrders(["100-1"], { apns, registrations, orderTypeIdentifier: ORDER_TYPE });
    await server.wallet.idle();
    expect(device.item("100-1")?.content.status).toBe("completed");
    expect(device.reports).toEqual([]);
    expect(
      server.ledger.entries({ token: device.pushToken }).map(({ topic, payload }) => [topic, payload]),
    ).toEqual([[ORDER_TYPE, "{}"]]);
  });

  it.skipIf(!hasTool("curl", "--version"))("answers curl as it answers devices", async () => {
    await using world = await World.open();
    const { server, base } = world;
    world.points.set("curl", 1);
    const ca = folder.write("ca.pem", server.ca);
    const out = folder.at("curl.pkpass");
    const curl = async (path: string, ...more: string[]) => {
      const args = [
        "-s",
        "--cacert",
        ca,
        "-o",
        out,
        "-w",
        "%{http_code} %header{last-modified}",
        `${base}${path}`,
        ...more,
      ];
      return (await promisify(execFile)("curl", args)).stdout.trim();
    };
    const authorization = ["-H", `Authorization: ApplePass ${tokenOf("curl")}`];
    const registration = `/v1/devices/curl/registrations/${PASS_TYPE}`;
    const body = ["-d", `{"pushToken":"${"ab".repeat(32)}"}`];
    expect(await curl(`${registration}/curl`, ...authorization, ...body)).toBe("201");
    expect(await curl(`${registration}/curl`, ...authorization, ...body)).toBe("200");
    expect(await curl(`${registration}/curl`, "-H", "Authorization: ApplePass wrong", ...body)).toBe("401");
    expect(await curl(registration)).toBe("200");
    const [status, ...date] = (await curl(`/v1/passes/${PASS_TYPE}/curl`, ...authorization)).split(" ");
    expect(status).toBe("200");
    const since = ["-H", `If-Modified-Since: ${date.join(" ")}`];
    expect(await curl(`/v1/passes/${PASS_TYPE}/curl`, ...authorization, ...since)).toBe("304");
    expect(await curl(`/v1/passes/${PASS_TYPE}/curl`, "-H", "Authorization: ApplePass wrong")).toBe("401");
    expect(await curl("/v1/log", "-d", '{"logs":["from curl"]}')).toBe("200");
    expect(await curl("/v1/log", "-d", `{"logs":["${"x".repeat(100_000)}"]}`)).toBe("413");
    expect(await curl(`${registration}/curl`, "-X", "DELETE", ...authorization)).toBe("200");
    expect(await curl(registration)).toBe("204");
  });
});
