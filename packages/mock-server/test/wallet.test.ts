import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CertificateAuthority, type IssuedCertificate, MockApns } from "../src/index.ts";

const TYPE = "pass.com.example.card";
const folder = mkdtempSync(join(tmpdir(), "apnskit-mock-wallet-"));
const at = (name: string) => join(folder, name);
const hasOpenssl = (() => {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

let authority: CertificateAuthority;
let signer: IssuedCertificate;

beforeAll(async () => {
  authority = await CertificateAuthority.create({ keyType: "RSA" });
  signer = await authority.issue({ usage: "client", uid: TYPE, keyType: "RSA" });
  writeFileSync(at("ca.pem"), authority.certificate);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Parts {
  readonly json?: object;
  readonly files?: Record<string, Buffer>;
  readonly identity?: IssuedCertificate;
  /** OpenSSL's options beside the usual ones. */
  readonly options?: readonly string[];
  readonly change?: (files: Record<string, Uint8Array>) => unknown;
  readonly icon?: string;
}

/** A pass as Apple's page "Building a Pass" makes it by hand: with OpenSSL. */
function madeByHand({
  json = {},
  files = {},
  identity = signer,
  options = [],
  change,
  icon = "icon.png",
}: Parts = {}): Uint8Array {
  const content = {
    formatVersion: 1,
    passTypeIdentifier: TYPE,
    serialNumber: "1",
    authenticationToken: "0123456789abcdef",
    ...json,
  };
  const all: Record<string, Uint8Array> = {
    "pass.json": Buffer.from(JSON.stringify(content)),
    [icon]: Buffer.from("an icon"),
    ...files,
  };
  const digests = Object.entries(all).map(([name, bytes]) => [
    name,
    createHash("sha1").update(bytes).digest("hex"),
  ]);
  writeFileSync(at("manifest.json"), JSON.stringify(Object.fromEntries(digests)));
  writeFileSync(at("cert.pem"), identity.cert);
  writeFileSync(at("key.pem"), identity.key);
  const sign = [
    "smime",
    "-sign",
    "-binary",
    "-signer",
    at("cert.pem"),
    "-inkey",
    at("key.pem"),
    "-outform",
    "DER",
  ];
  const io = ["-in", at("manifest.json"), "-out", at("signature")];
  const chain = options.includes("-nocerts") ? [] : ["-certfile", at("ca.pem")];
  execFileSync("openssl", [...sign, ...io, ...chain, ...options], { stdio: "ignore" });
  all["manifest.json"] = readFileSync(at("manifest.json"));
  all.signature = readFileSync(at("signature"));
  change?.(all);
  return zipSync(all);
}

describe.skipIf(!hasOpenssl)("a device with Wallet", () => {
  it("takes a pass that was made by hand with OpenSSL, and shows it", async () => {
    await using server = await MockApns.start();
    const device = server.wallet.device();
    const item = await device.add(madeByHand({ json: { description: "By hand" } }));
    expect(item).toMatchObject({ kind: "pass", type: TYPE, id: "1", version: 1, lastModified: undefined });
    expect(device.items).toEqual([item]);
    expect(item.content.description).toBe("By hand");
    expect(server.wallet.devices).toEqual([device]);
  });

  const refusals: readonly (readonly [string, () => Parts | Uint8Array, RegExp])[] = [
    ["what is no archive", () => Buffer.from("text"), /not a zip archive/],
    [
      "a file that was changed",
      () => ({ change: (files) => Object.assign(files, { "icon.png": Buffer.from("x") }) }),
      /another digest for icon\.png/,
    ],
    [
      "a file that is not listed",
      () => ({ change: (files) => Object.assign(files, { extra: Buffer.from("x") }) }),
      /does not list extra/,
    ],
    [
      "a file that is missing",
      () => ({ change: (files) => void delete files["icon.png"] }),
      /lists icon\.png, which is not there/,
    ],
    ["no manifest", () => ({ change: (files) => void delete files["manifest.json"] }), /no manifest\.json/],
    ["no signature", () => ({ change: (files) => void delete files.signature }), /no signature/],
    [
      "a signature that is none",
      () => ({ change: (files) => Object.assign(files, { signature: Buffer.from("x") }) }),
      /not CMS/,
    ],
    ["a signature without attributes", () => ({ options: ["-noattr"] }), /no signing-time/],
    [
      "a signature without certificates",
      () => ({ options: ["-nocerts"] }),
      /not over this manifest|no signer's certificate/,
    ],
    [
      "another pass type",
      () => ({ json: { passTypeIdentifier: "pass.other" } }),
      /is of pass\.other, and its certificate is for pass\.com\.example\.card/,
    ],
    ["no serial number", () => ({ json: { serialNumber: undefined } }), /no serialNumber/],
    [
      "no pass.json",
      () => ({ change: (files) => void delete files["pass.json"] }),
      /neither pass\.json nor order\.json/,
    ],
  ];

  it.each(refusals)("refuses %s, and says why", async (_name, parts, says) => {
    await using server = await MockApns.start();
    const device = server.wallet.device();
    const made = parts();
    const archive = made instanceof Uint8Array ? made : madeByHand(made);
    await expect(device.add(archive)).rejects.toMatchObject({
      code: "ERR_APNS_MOCK_PACKAGE_REFUSED",
      message: expect.stringMatching(says),
    });
    expect(device.items).toEqual([]);
  });

  it("refuses a pass without an icon, and one whose manifest was signed for another pass", async () => {
    await using server = await MockApns.start();
    const device = server.wallet.device();
    await expect(device.add(madeByHand({ icon: "Icon.png" }))).rejects.toThrow(/no icon\.png/);
    const other = Buffer.from(madeByHand({ json: { serialNumber: "2" } }));
    expect((await device.add(other)).id).toBe("2");
    const signature = readFileSync(at("signature"));
    const forged = madeByHand({ change: (files) => Object.assign(files, { signature }) });
    await expect(device.add(forged)).rejects.toThrow(/not over this manifest/);
  });

  it("asks services that answer nonsense without harm, and reports them", async () => {
    await using server = await MockApns.start({ environment: "production" });
    const answers: Record<string, (request: IncomingMessage) => [number, string]> = {
      POST: ({ url }) => (url === "/v1/log" ? [200, ""] : [500, ""]),
      GET: () => [200, "no JSON"],
      DELETE: () => [404, ""],
    };
    const web: Server = createServer((request, response) => {
      const [status, body] = answers[request.method!]!(request);
      response.writeHead(status).end(body);
    }).listen(0, "127.0.0.1");
    await once(web, "listening");
    const webServiceURL = `http://127.0.0.1:${(web.address() as AddressInfo).port}/`;
    const device = server.wallet.device();
    await device.add(madeByHand({ json: { webServiceURL } }));
    device.push(TYPE);
    device.push(TYPE);
    await device.idle();
    expect(device.reports).toEqual([
      "Registering for 1 was answered with 500",
      "The list of changes was answered with 200 and is not one",
    ]);
    answers.GET = ({ url }) =>
      url!.includes("devices") ? [200, '{"serialNumbers":["1","9"],"lastUpdated":"5"}'] : [200, "no zip"];
    device.push(TYPE);
    await device.idle();
    expect(device.reports.at(-1)).toMatch(/new version of 1 is refused: The package is not a zip archive/);
    expect(device.item("1")?.version).toBe(1);
    expect(
      device.requests.filter(({ path }) => path.startsWith("/v1/devices") && path.includes("?")).length,
    ).toBe(0);
    expect(await device.remove("1")).toBe(true);
    expect(await device.remove("1")).toBe(false);
    web.close();
    web.closeAllConnections();
    device.push("pass.unknown");
    await device.idle();
  });

  it("notes a service that does not answer", async () => {
    await using server = await MockApns.start();
    const device = server.wallet.device();
    await device.add(madeByHand({ json: { webServiceURL: "http://127.0.0.1:9/" } }));
    expect(device.reports).toEqual([expect.stringMatching(/does not answer: .*ECONNREFUSED/)]);
    expect(device.requests).toEqual([{ method: "POST", path: expect.any(String), status: 0 }]);
  });

  it("tells who looks when a device shows something new, until its server closes", async () => {
    const server = await MockApns.start();
    const seen: string[] = [];
    const stop = server.wallet.subscribe((device) => seen.push(device.items.map(({ id }) => id).join()));
    const device = server.wallet.device({ checkSignatures: false });
    await device.add(madeByHand());
    await device.remove("1");
    stop();
    await device.add(madeByHand());
    expect(seen).toEqual(["1", ""]);
    await server.close();
    expect(server.wallet.devices).toEqual([]);
  });

  it("has a push token that a sandbox does not know", async () => {
    await using server = await MockApns.start();
    const { pushToken } = server.wallet.device();
    expect(server.devices.get(pushToken)).toMatchObject({
      environment: "production",
      state: { state: "active" },
    });
  });
});
