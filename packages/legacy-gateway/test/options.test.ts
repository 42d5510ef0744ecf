import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateSigningKey, MockApns } from "@apnskit/mock-server";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { ApnskitError, providerToken } from "apnskit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  GatewayListenFailed,
  GatewayStateFailed,
  LegacyGateway,
  type LegacyGatewayOptions,
} from "../src/index.ts";
import { readOptions } from "../src/options.ts";
import { gatewayOptions, TOPIC, World } from "./kit/world.ts";

failOnLeaks();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "apnskit-legacy-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const app = { topic: TOPIC, environment: "sandbox", auth: providerToken(generateSigningKey()) };
const tls = { cert: "", key: "" };
const good = { apps: [app], tls };

describe("options", () => {
  it.each<[string, unknown, string]>([
    ["no object", null, "options must be an object"],
    ["no app", { ...good, apps: [] }, "apps must be an array of at least one app"],
    ["an app that is none", { ...good, apps: ["x"] }, "apps must be an object"],
    ["an app with an unknown key", { ...good, apps: [{ ...app, bundle: "x" }] }, "unknown key of an app"],
    ["an app without a topic", { ...good, apps: [{ ...app, topic: "" }] }, "topic must be"],
    [
      "an app without an environment",
      { ...good, apps: [{ topic: TOPIC, auth: app.auth }] },
      "environment must be",
    ],
    ["two apps of one name", { ...good, apps: [app, app] }, "two apps are called"],
    [
      "a fingerprint of SHA-1",
      { ...good, apps: [{ ...app, fingerprints: ["ab".repeat(20)] }] },
      "must be SHA-256",
    ],
    ["an unknown option", { ...good, port: 2195 }, 'unknown option "port"'],
    ["no certificate", { apps: [app] }, "tls must be an object"],
    ["a certificate of another type", { ...good, tls: { cert: 1, key: "" } }, "tls.cert must be PEM"],
    [
      "an unknown version of TLS",
      { ...good, tls: { ...tls, maxVersion: "SSLv3" } },
      "tls.maxVersion must be one of",
    ],
    [
      "versions the wrong way round",
      { ...good, tls: { ...tls, minVersion: "TLSv1.3" } },
      "above tls.maxVersion",
    ],
    ["authorities that are paths", { ...good, authorities: [{ file: "ca.pem" }] }, "authorities must be PEM"],
    ["no listener", { ...good, listeners: [] }, "listeners must be an array"],
    [
      "an unknown service",
      { ...good, listeners: [{ service: "voip" }] },
      'service must be "push" or "feedback"',
    ],
    [
      "a port that is none",
      { ...good, listeners: [{ service: "push", port: 70_000 }] },
      "port must be an integer",
    ],
    [
      "a listener's unknown app",
      { ...good, listeners: [{ service: "push", app: "x" }] },
      "the name of an app",
    ],
    [
      "anyone without an app",
      { ...good, listeners: [{ service: "push", clients: "anyone" }] },
      "needs the listener",
    ],
    ["a window of 0", { ...good, window: 0 }, "window must be an integer from 1"],
    ["a window in text", { ...good, window: "500" }, "window must be an integer"],
    [
      "a payload limit of a megabyte",
      { ...good, payloadLimit: 1_048_576 },
      "payloadLimit must be an integer",
    ],
    ["a negative time", { ...good, absorbFor: -1 }, "absorbFor must be milliseconds"],
    ["an unknown upstream option", { ...good, upstream: { orgin: "https://x" } }, 'unknown option "orgin"'],
    [
      "an upstream timeout in the past",
      { ...good, upstream: { timeout: -1 } },
      "timeout must be milliseconds",
    ],
    ["no switch", { ...good, absorbAfterReset: 1 }, "absorbAfterReset must be a boolean"],
  ])("with %s are refused by one clear error", (_, options, message) => {
    let failure: unknown;
    try {
      readOptions(options as LegacyGatewayOptions);
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(ApnskitError);
    expect((failure as ApnskitError).code).toBe("ERR_APNS_INVALID_OPTION");
    expect((failure as Error).message).toContain(message);
  });

  it("without credentials are refused before a client comes", () => {
    expect(() => readOptions({ ...good, apps: [{ topic: TOPIC, environment: "sandbox" }] } as never)).toThrow(
      "auth is missing",
    );
  });

  it("have Apple's ports and limits as defaults", () => {
    const { listeners, limits, payloadLimit, absorbFor } = readOptions(good as never);
    expect(listeners.map(({ service, port }) => [service, port])).toEqual([
      ["push", 2195],
      ["feedback", 2196],
    ]);
    expect(listeners[0]!.tls).toMatchObject({ minVersion: "TLSv1.2", maxVersion: "TLSv1.2", ca: [] });
    expect(limits).toMatchObject({ window: 500, absorbAfterReset: true });
    expect([payloadLimit, absorbFor]).toEqual([undefined, 60_000]);
  });
});

describe("a gateway that cannot start", () => {
  it("says that a port is taken, and leaves nothing behind", async () => {
    await using world = await World.open();
    await using apns = await MockApns.start();
    const { port } = world.gateway.addresses[0]!;
    const stateFolder = join(folder, "state");
    const options = { ...(await gatewayOptions(apns)), stateFolder };
    const taken = { ...options, listeners: [{ service: "push", host: "127.0.0.1", port } as const] };
    const failure = await LegacyGateway.open(taken).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(GatewayListenFailed);
    expect((failure as Error).message).toContain("EADDRINUSE");
    // The state folder is free again.
    await (await LegacyGateway.open(options)).close();
  });

  it("says that its state folder is in use; a folder whose gateway was killed is taken over", async () => {
    const stateFolder = join(folder, "state");
    await using world = await World.open({ stateFolder });
    const options = { ...(await gatewayOptions(world.apns)), stateFolder };
    const failure = await LegacyGateway.open(options).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(GatewayStateFailed);
    expect((failure as Error).message).toContain("in use by another gateway");
    await world.gateway.close();
    writeFileSync(join(stateFolder, "gateway.lock"), "999999999");
    await (await LegacyGateway.open(options)).close();
  });

  it("names the file of its state that cannot be used", async () => {
    await using apns = await MockApns.start();
    const options = { ...(await gatewayOptions(apns)), stateFolder: folder };
    writeFileSync(join(folder, "clients.json"), "{");
    const failure = await LegacyGateway.open(options).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(GatewayStateFailed);
    expect((failure as Error).message).toContain("clients.json, which is not JSON");
  });
});
