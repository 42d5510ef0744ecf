import { describe, expect, it } from "vitest";
import {
  type Handler,
  MemoryRegistrations,
  orderService,
  type PassServiceOptions,
  passService,
  safariService,
  sameSecret,
  signingIdentity,
  signPackage,
} from "../src/index.ts";
import { Authority } from "./kit/authority.ts";
import { ORDER_TYPE, PASS_TYPE, passFiles, TOKEN, WEBSITE } from "./kit/models.ts";

const authority = await Authority.create({ keyType: "EC" });
const { cert, key } = await authority.issue(PASS_TYPE, { keyType: "EC" });
const identity = signingIdentity({ cert, key, wwdr: authority.intermediate });
const NOW = Date.parse("2026-05-01T10:00:00.400Z");
const DEVICE = "8f2a";
const PUSH_TOKEN = "AB".repeat(32);
const AUTHORIZED = { authorization: `ApplePass ${TOKEN}` };

class World {
  readonly registrations = new MemoryRegistrations();
  readonly lines: (readonly [string, object, string])[] = [];
  readonly clock = {
    now: () => 0,
    epoch: () => this.time,
    setTimer: () => ({ cancel() {}, unref() {} }) as never,
  };
  time = NOW;
  made = 0;
  readonly handle: Handler;

  constructor(options: Partial<PassServiceOptions> = {}) {
    const log = (level: string) => (fields: object, message: string) =>
      void this.lines.push([level, fields, message]);
    this.handle = passService({
      registrations: this.registrations,
      clock: this.clock,
      logger: { warn: log("warn"), error: log("error") },
      find: (serialNumber, type) => {
        if (serialNumber === "broken") throw new Error("the database is down");
        if (serialNumber !== "4711" || type !== PASS_TYPE) return undefined;
        return {
          authenticationToken: TOKEN,
          package: () => {
            this.made++;
            return signPackage(passFiles(), identity, { contentType: "application/vnd.apple.pkpass" });
          },
        };
      },
      ...options,
    });
  }

  ask(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: string | Uint8Array,
  ): Promise<Response> {
    const init = { method, headers, ...(body === undefined ? {} : { body }) } as RequestInit;
    return this.handle(new Request(`https://wallet.example.com${path}`, init));
  }

  register(headers: Record<string, string> = AUTHORIZED, body = JSON.stringify({ pushToken: PUSH_TOKEN })) {
    return this.ask("POST", REGISTRATION, headers, body);
  }
}

const REGISTRATION = `/v1/devices/${DEVICE}/registrations/${PASS_TYPE}/4711`;
const LIST = `/v1/devices/${DEVICE}/registrations/${PASS_TYPE}`;
const PASS = `/v1/passes/${PASS_TYPE}/4711`;

describe("the service of passes", () => {
  it("registers a device with 201, and with 200 when it is known", async () => {
    const world = new World();
    expect((await world.register()).status).toBe(201);
    expect((await world.register()).status).toBe(200);
    expect([...world.registrations.holders(PASS_TYPE, ["4711"])]).toEqual([
      { device: DEVICE, type: PASS_TYPE, id: "4711", pushToken: PUSH_TOKEN.toLowerCase(), registeredAt: NOW },
    ]);
  });

  it.each([
    ["no token", {}],
    ["another token", { authorization: "ApplePass somethingelse12345" }],
    ["the token of another scheme", { authorization: `Bearer ${TOKEN}` }],
    ["a token that begins alike", { authorization: `ApplePass ${TOKEN.slice(0, -1)}` }],
    ["an empty token", { authorization: "ApplePass " }],
  ] as [string, Record<string, string>][])(
    "answers 401 to %s, wherever one is needed, and does nothing",
    async (_name, headers) => {
      const world = new World();
      for (const [method, path] of [
        ["POST", REGISTRATION],
        ["DELETE", REGISTRATION],
        ["GET", PASS],
      ] as const) {
        const body = method === "POST" ? '{"pushToken":"ab"}' : undefined;
        const answer = await world.ask(method, path, headers, body);
        expect(answer.status).toBe(401);
        expect(answer.headers.get("www-authenticate")).toBe("ApplePass");
      }
      expect(world.registrations.size).toBe(0);
      expect(world.made).toBe(0);
    },
  );

  it("answers for a pass that does not exist as for a wrong token", async () => {
    const world = new World();
    const [wrong, absent] = await Promise.all([
      world.ask("GET", PASS, { authorization: "ApplePass x" }),
      world.ask("GET", `/v1/passes/${PASS_TYPE}/4712`, AUTHORIZED),
    ]);
    expect(absent.status).toBe(401);
    expect(await absent.text()).toBe(await wrong.text());
  });

  it("takes the scheme in any case", async () => {
    expect((await new World().register({ authorization: `applepass ${TOKEN}` })).status).toBe(201);
  });

  it.each([
    ["no JSON", "pushToken", 400],
    ["an empty body", "", 400],
    ["no push token", "{}", 400],
    ["a push token that is none", '{"pushToken":"xyz"}', 400],
    ["null", "null", 400],
    ["5 KB", JSON.stringify({ pushToken: "ab".repeat(2_500) }), 413],
  ])("answers to a registration with %s", async (_name, body, status) => {
    const world = new World();
    expect((await world.register(AUTHORIZED, body)).status).toBe(status);
    expect(world.registrations.size).toBe(0);
  });

  it("stops reading a body that is too large, whatever length it claims", async () => {
    const world = new World();
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent++;
        controller.enqueue(new Uint8Array(1_024).fill(0x20));
      },
    });
    const init = { method: "POST", headers: AUTHORIZED, body: endless, duplex: "half" };
    const request = new Request(`https://wallet.example.com${REGISTRATION}`, init as RequestInit);
    expect((await world.handle(request)).status).toBe(413);
    expect(sent).toBeLessThan(10);
  });

  it("unregisters with 200, also twice", async () => {
    const world = new World();
    await world.register();
    for (let time = 0; time < 2; time++)
      expect((await world.ask("DELETE", REGISTRATION, AUTHORIZED)).status).toBe(200);
    expect(world.registrations.size).toBe(0);
  });

  it("lists what changed since the tag: 200 with serial numbers, 204 without", async () => {
    const world = new World();
    expect((await world.ask("GET", LIST)).status).toBe(204);
    await world.register();
    const first = await world.ask("GET", LIST);
    expect(first.status).toBe(200);
    const { lastUpdated, serialNumbers } = (await first.json()) as {
      lastUpdated: string;
      serialNumbers: string[];
    };
    expect(serialNumbers).toEqual(["4711"]);
    const since = `${LIST}?passesUpdatedSince=${lastUpdated}`;
    expect((await world.ask("GET", since)).status).toBe(204);
    world.registrations.markChanged(PASS_TYPE, ["4711"], NOW);
    expect(await (await world.ask("GET", since)).json()).toEqual({
      serialNumbers: ["4711"],
      lastUpdated: String(Number(lastUpdated) + 1),
    });
  });

  it("gives the pass with its date, 304 while it is unchanged, and 200 after each change within a second", async () => {
    const world = new World();
    await world.register();
    const first = await world.ask("GET", PASS, AUTHORIZED);
    expect(first.status).toBe(200);
    expect(first.headers.get("content-type")).toBe("application/vnd.apple.pkpass");
    let modified = first.headers.get("last-modified")!;
    expect(modified).toBe("Fri, 01 May 2026 10:00:00 GMT");
    for (let change = 0; change < 3; change++) {
      const headers = { ...AUTHORIZED, "if-modified-since": modified };
      expect((await world.ask("GET", PASS, headers)).status).toBe(304);
      world.registrations.markChanged(PASS_TYPE, ["4711"], NOW);
      const next = await world.ask("GET", PASS, headers);
      expect(next.status).toBe(200);
      modified = next.headers.get("last-modified")!;
    }
    expect(world.made).toBe(4);
  });

  it("gives the pass whatever date the device has, as long as nothing is known of the pass", async () => {
    const world = new World();
    const later = { ...AUTHORIZED, "if-modified-since": "Fri, 01 May 2099 10:00:00 GMT" };
    expect((await world.ask("GET", PASS, later)).status).toBe(200);
    const nonsense = { ...AUTHORIZED, "if-modified-since": "yesterday" };
    expect((await world.ask("GET", PASS, nonsense)).status).toBe(200);
  });

  it("takes the application's own date where it is newer", async () => {
    const lastModified = new Date("2026-06-01T00:00:00.900Z");
    const world = new World({
      find: () => ({
        authenticationToken: TOKEN,
        lastModified,
        package: () => signPackage(passFiles(), identity),
      }),
    });
    await world.register();
    const answer = await world.ask("GET", PASS, AUTHORIZED);
    expect(answer.headers.get("last-modified")).toBe("Mon, 01 Jun 2026 00:00:00 GMT");
    const headers = { ...AUTHORIZED, "if-modified-since": "Mon, 01 Jun 2026 00:00:00 GMT" };
    expect((await world.ask("GET", PASS, headers)).status).toBe(304);
  });

  it("hands reports of devices to the logger, cleaned and bounded", async () => {
    const world = new World();
    const logs = ["a\u001b[31m\nb", 7, "x".repeat(9_000), ...Array(200).fill("more")];
    expect((await world.ask("POST", "/v1/log", {}, JSON.stringify({ logs }))).status).toBe(200);
    expect(world.lines).toHaveLength(100);
    expect(world.lines[0]).toEqual(["warn", { report: "a [31m b" }, "Wallet reports a problem"]);
    expect((world.lines[1]![1] as { report: string }).report).toHaveLength(500);
    expect((await world.ask("POST", "/v1/log", {}, '{"logs":"x"}')).status).toBe(400);
    expect((await world.ask("POST", "/v1/log", {}, "x".repeat(70_000))).status).toBe(413);
  });

  it.each([
    "/",
    "/v1",
    "/v2/log",
    "/v1/log/more",
    "/v1/passes",
    `/v1/passes/${PASS_TYPE}`,
    `${PASS}/more`,
    `${REGISTRATION}/more`,
    "/v1/devices/x/registrations",
    "/v1/devices//registrations/a/b",
    "/v1/passes/%ff/4711",
    "/v1/passes/a%00b/4711",
    `/v1/passes/${"a".repeat(300)}/1`,
    "/v1/../v1/passes",
    "/v1/orders/a/b",
  ])("answers 404 at %s", async (path) => {
    expect((await new World().ask("GET", path, AUTHORIZED)).status).toBe(404);
  });

  it.each([
    ["PUT", REGISTRATION, "POST, DELETE"],
    ["POST", PASS, "GET"],
    ["GET", "/v1/log", "POST"],
    ["DELETE", LIST, "GET"],
  ])("answers 405 to %s %s, with what is allowed", async (method, path, allow) => {
    const answer = await new World().ask(method, path, AUTHORIZED);
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe(allow);
  });

  it("decodes the parts of the path", async () => {
    const ids: string[] = [];
    const world = new World({ find: (id) => void ids.push(id) as undefined });
    await world.ask("GET", `/v1/passes/${PASS_TYPE}/${encodeURIComponent("é/1 %")}`, AUTHORIZED);
    expect(ids).toEqual(["é/1 %"]);
  });

  it.each(["/wallet", "wallet/", "/wallet/"])("serves below the base path %s only", async (basePath) => {
    const world = new World({ basePath });
    expect((await world.ask("GET", `/wallet${LIST}`)).status).toBe(204);
    expect((await world.ask("GET", LIST)).status).toBe(404);
    expect((await world.ask("GET", `/walletx${LIST}`)).status).toBe(404);
  });

  it("answers 500 and logs when the application fails, without telling the device why", async () => {
    const world = new World();
    const answer = await world.ask("GET", `/v1/passes/${PASS_TYPE}/broken`, AUTHORIZED);
    expect(answer.status).toBe(500);
    expect(await answer.text()).toBe("the service failed\n");
    expect(world.lines).toEqual([
      ["error", { method: "GET", error: "the database is down" }, "Wallet: a request failed"],
    ]);
  });

  it("survives a logger that throws", async () => {
    const logger = {
      warn() {
        throw new Error("full");
      },
    };
    const world = new World({ logger });
    expect((await world.ask("POST", "/v1/log", {}, '{"logs":["x"]}')).status).toBe(200);
  });
});

describe("the service of orders", () => {
  it("speaks of orders where the other speaks of passes", async () => {
    const registrations = new MemoryRegistrations();
    const handle = orderService({
      registrations,
      find: (id, type) => {
        if (id !== "100-1" || type !== ORDER_TYPE) return undefined;
        return { authenticationToken: TOKEN, package: () => signPackage({ "order.json": {} }, identity) };
      },
    });
    const ask = (method: string, path: string, body?: string) =>
      handle(
        new Request(`https://a.example${path}`, {
          method,
          headers: { authorization: `AppleOrder ${TOKEN}` },
          ...(body === undefined ? {} : { body }),
        }),
      );
    const registration = `/v1/devices/d1/registrations/${ORDER_TYPE}`;
    expect((await ask("POST", `${registration}/100-1`, '{"pushToken":"abcd"}')).status).toBe(201);
    const list = await (await ask("GET", registration)).json();
    expect(list).toEqual({ orderIdentifiers: ["100-1"], lastModified: "1" });
    expect((await ask("GET", `${registration}?ordersModifiedSince=1`)).status).toBe(204);
    expect((await ask("GET", `/v1/orders/${ORDER_TYPE}/100-1`)).status).toBe(200);
    expect((await ask("GET", `/v1/passes/${ORDER_TYPE}/100-1`)).status).toBe(404);
    expect((await ask("DELETE", `${registration}/100-1`)).status).toBe(200);
    expect(registrations.size).toBe(0);
  });
});

describe("the service of Safari", () => {
  const events: unknown[] = [];
  const handle = safariService({
    package: (userInfo, website) => {
      events.push([userInfo, website]);
      return website === WEBSITE ? signPackage({ "website.json": {} }, identity) : undefined;
    },
    authorise: (token) => sameSecret(token, TOKEN),
    registered: (device) => void events.push(["registered", device]),
    unregistered: (device) => void events.push(["unregistered", device]),
  });
  const ask = (method: string, path: string, headers: Record<string, string> = {}, body?: string) =>
    handle(
      new Request(`https://a.example${path}`, { method, headers, ...(body === undefined ? {} : { body }) }),
    );
  const authorization = `ApplePushNotifications ${TOKEN}`;

  it("gives push packages, with what the page said", async () => {
    const answer = await ask("POST", `/v2/pushPackages/${WEBSITE}`, {}, '{"user":"7"}');
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/zip");
    expect(events.splice(0)).toEqual([[{ user: "7" }, WEBSITE]]);
    expect((await ask("POST", "/v2/pushPackages/web.other", {}, "")).status).toBe(404);
    expect(events.splice(0)).toEqual([[undefined, "web.other"]]);
  });

  it("registers and unregisters browsers", async () => {
    const path = `/v2/devices/ABCD/registrations/${WEBSITE}`;
    expect((await ask("POST", path, { authorization })).status).toBe(200);
    expect((await ask("DELETE", path, { authorization })).status).toBe(200);
    const device = { deviceToken: "abcd", websitePushID: WEBSITE, authenticationToken: TOKEN };
    expect(events.splice(0)).toEqual([
      ["registered", device],
      ["unregistered", device],
    ]);
    expect((await ask("POST", path)).status).toBe(401);
    expect((await ask("POST", path, { authorization: "ApplePushNotifications x" })).status).toBe(401);
    const bad = await ask("POST", `/v2/devices/xyz/registrations/${WEBSITE}`, { authorization });
    expect(bad.status).toBe(400);
    expect(events).toEqual([]);
  });

  it("takes reports, and knows no other path", async () => {
    expect((await ask("POST", "/v2/log", {}, '{"logs":["x"]}')).status).toBe(200);
    expect((await ask("GET", "/v2/log")).status).toBe(405);
    expect((await ask("GET", "/v3/log")).status).toBe(404);
  });
});
