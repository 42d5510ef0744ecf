import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { CertificateAuthority, type IssuedCertificate } from "@apnskit/mock-server";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { MemoryRegistrations, nodeListener, passService, verifyPackage } from "@apnskit/wallet";
import { beforeAll, describe, expect, it } from "vitest";
import { useWorkbench } from "./support/command.ts";

failOnLeaks();
const bench = useWorkbench();

const PASS_TYPE = "pass.com.example.card";
const TOKEN = "vxwxd7J8AlNNFPS8k0a0FfUFtq0ewzFdc";
/** The smallest PNG. */
const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const passJson = {
  formatVersion: 1,
  passTypeIdentifier: PASS_TYPE,
  teamIdentifier: "A1B2C3D4E5",
  serialNumber: "4711",
  organizationName: "Example",
  description: "Card",
  generic: { primaryFields: [{ key: "a", value: "b" }] },
};
const orderJson = {
  schemaVersion: 1,
  orderTypeIdentifier: "order.com.example",
  orderIdentifier: "7",
  orderType: "ecommerce",
  orderManagementURL: "https://example.com/7",
  merchant: { merchantIdentifier: "m", displayName: "Example", url: "https://example.com" },
  status: "open",
  createdAt: "2026-05-01T10:00:00Z",
  updatedAt: "2026-05-01T10:00:00Z",
};

let authority: CertificateAuthority;
let card: IssuedCertificate;

function writeModel(name: string, json: object, file = "pass.json"): string {
  bench.write(`${name}/${file}`, JSON.stringify(json));
  bench.write(`${name}/icon.png`, PIXEL);
  bench.write(`${name}/icon@2x.png`, PIXEL);
  return name;
}

beforeAll(async () => {
  authority = await CertificateAuthority.create();
  const [pass, order, web] = await Promise.all(
    [PASS_TYPE, "order.com.example", "web.com.example"].map((uid) =>
      authority.issue({ usage: "client", uid }),
    ),
  );
  card = pass!;
  for (const [name, { cert, key }] of Object.entries({ pass: pass!, order: order!, web: web! })) {
    bench.write(`${name}.pem`, cert + key);
  }
  bench.write("wwdr.pem", authority.certificate);
  writeModel("card.pass", passJson);
}, 60_000);

const SIGNER = ["--signer", "pass.pem", "--wwdr", "wwdr.pem"];

describe("wallet sign", () => {
  it("signs a pass, with members that are set", async () => {
    const set = ["--set", "serialNumber=8", "--set", "voided:=true"];
    const ended = await bench.run(["wallet", "sign", "card.pass", ...SIGNER, ...set, "--out", "8.pkpass"]);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toMatch(/^8\.pkpass: pass pass\.com\.example\.card 8, 3 files, \d+ bytes\n$/);
    const report = await verifyPackage(readFileSync(bench.path("8.pkpass")));
    expect(report).toMatchObject({ valid: true, type: "pass", serialNumber: "8" });
  });

  it("signs an order, and tells programs about it as JSON", async () => {
    writeModel("7.order.d", orderJson, "order.json");
    const args = ["--signer", "order.pem", "--wwdr", "wwdr.pem", "--out", "7.order", "--json"];
    const ended = await bench.run(["wallet", "sign", "7.order.d", ...args]);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(ended.stdout)).toEqual({
      kind: "order",
      type: "order.com.example",
      id: "7",
      file: "7.order",
      bytes: readFileSync(bench.path("7.order")).length,
    });
  });

  it("takes the key, the passphrase and the certificates from files of their own", async () => {
    bench.write("cert.pem", card.cert);
    bench.write("key.pem", card.key);
    const args = [
      "--signer",
      "cert.pem",
      "--signer-key",
      "key.pem",
      "--wwdr",
      "wwdr.pem",
      "--out",
      "x.pkpass",
    ];
    expect(await bench.run(["wallet", "sign", "card.pass", ...args])).toMatchObject({ code: 0 });
  });

  it("warns on stderr of probable mistakes that Wallet accepts", async () => {
    writeModel("odd.pass", { ...passJson, backgroundColor: "#fff" });
    const ended = await bench.run(["wallet", "sign", "odd.pass", ...SIGNER, "--out", "odd.pkpass"]);
    expect(ended.code).toBe(0);
    expect(ended.stderr).toBe(
      "warning: pass.json: backgroundColor is in hexadecimal; Apple documents rgb(r, g, b) only\n",
    );
  });

  it.each([
    ["no --out", ["card.pass", ...SIGNER], 2, /--out is missing/],
    ["no --signer", ["card.pass", "--out", "x"], 2, /--signer is missing/],
    ["no intermediate", ["card.pass", "--signer", "pass.pem", "--out", "x"], 4, /wwdr is missing/],
    [
      "another kind of certificate",
      ["card.pass", "--signer", "web.pem", "--wwdr", "wwdr.pem", "--out", "x"],
      4,
      /begins with pass\./,
    ],
    [
      "a bad value",
      ["card.pass", ...SIGNER, "--set", "description=", "--out", "x"],
      2,
      /description must not be empty/,
    ],
    ["no such folder", ["nowhere", ...SIGNER, "--out", "x"], 2, /cannot be read \(ENOENT\)/],
    ["a folder without a pass", [".", ...SIGNER, "--out", "x"], 2, /neither pass\.json nor order\.json/],
    [
      "an --out that is a folder",
      ["card.pass", ...SIGNER, "--out", "card.pass"],
      2,
      /--out card\.pass: this is a folder/,
    ],
    [
      "no such --wwdr",
      ["card.pass", "--signer", "pass.pem", "--wwdr", "no.cer", "--out", "x"],
      4,
      /--wwdr no\.cer: there is no such file/,
    ],
  ] as const)("refuses %s with one line", async (_name, args, code, says) => {
    const ended = await bench.run(["wallet", "sign", ...args]);
    expect(ended).toMatchObject({ code, stdout: "" });
    expect(ended.stderr).toMatch(says);
    expect(ended.stderr.trimEnd().split("\n")).toHaveLength(1);
  });
});

describe("wallet verify", () => {
  it("shows a package's content and signer, and ends with 2 for a broken package", async () => {
    await bench.run(["wallet", "sign", "card.pass", ...SIGNER, "--out", "good.pkpass"]);
    const good = await bench.run(["wallet", "verify", "good.pkpass"]);
    expect(good.code).toBe(0);
    expect(good.stdout).toMatch(/^identifier +pass\.com\.example\.card$/m);
    expect(good.stdout).toMatch(/^warning +the intermediate is not known to be Apple's/m);
    expect(good.stdout).toMatch(/a device would take it\n$/);
    const { zip } = await import("../../wallet/src/files/zip-writer.ts");
    bench.write("bad.pkpass", Buffer.from(zip([{ name: "pass.json", bytes: Buffer.from("{}") }])));
    const bad = await bench.run(["wallet", "verify", "bad.pkpass", "--json"]);
    expect(bad.code).toBe(2);
    expect(JSON.parse(bad.stdout)).toMatchObject({ type: "pass", valid: false });
    bench.write("none.pkpass", "text");
    const none = await bench.run(["wallet", "verify", "none.pkpass"]);
    expect(none).toMatchObject({ code: 2, stderr: expect.stringMatching(/not a zip file/) });
  });
});

describe("wallet doctor", () => {
  it("asks the web service as a device would, and names wrong answers", async () => {
    const issued = await authority.issue();
    let tokenInUse = TOKEN;
    const service = passService({
      registrations: new MemoryRegistrations(),
      basePath: "/wallet",
      find: () => ({
        authenticationToken: tokenInUse,
        package: () => ({ response: () => new Response("pass") }) as never,
      }),
    });
    const listener = nodeListener(service);
    const web = createServer(issued, (request, response) => void listener(request, response));
    web.listen(0, "127.0.0.1");
    await once(web, "listening");
    const webServiceURL = `https://127.0.0.1:${(web.address() as AddressInfo).port}/wallet`;
    writeModel("live.pass", { ...passJson, webServiceURL, authenticationToken: TOKEN });
    const run = (...more: string[]) => bench.run(["wallet", "doctor", "live.pass", ...SIGNER, ...more]);
    const good = await run("--ca", "wwdr.pem", "--json");
    const checks = (stdout: string) =>
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line))
        .map(({ check, status }) => `${check} ${status}`);
    expect(checks(good.stdout)).toEqual([
      "content ok",
      "signature skipped",
      "signer ok",
      "list ok",
      "wrong token ok",
      "fetch ok",
    ]);
    expect(good.code).toBe(0);
    tokenInUse = "another token than the package's";
    const wrong = await run("--ca", "wwdr.pem");
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toMatch(
      /✗ fetch +answered with 401, not with 200\n +→ give the package to a device/,
    );
    expect(wrong.stdout).not.toContain(TOKEN);
    const untrusted = await run();
    expect(untrusted.code).toBe(3);
    expect(untrusted.stdout).toMatch(/does not answer: .*certificate/);
    expect((await run("--offline")).code).toBe(0);
    web.close();
    web.closeAllConnections();
    await once(web, "close");
  });

  it("names what keeps a device from taking the package", async () => {
    writeModel("bad.pass", { ...passJson, description: undefined });
    const ended = await bench.run(["wallet", "doctor", "bad.pass"]);
    expect(ended.code).toBe(2);
    expect(ended.stdout).toMatch(/✗ content +pass\.json: description is missing/);
  });
});

describe("safari sign", () => {
  it("says which icon is missing", async () => {
    bench.write("site/website.json", "{}");
    const args = ["--signer", "web.pem", "--wwdr", "wwdr.pem", "--out", "site.zip"];
    const ended = await bench.run(["safari", "sign", "site", ...args]);
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringMatching(/icon_16x16\.png is missing/) });
  });

  it("signs a push package", async () => {
    const { websiteFiles } = await import("../../wallet/test/kit/models.ts");
    for (const [name, content] of Object.entries(websiteFiles())) {
      bench.write(`whole/${name}`, Buffer.isBuffer(content) ? content : JSON.stringify(content));
    }
    const args = ["--signer", "web.pem", "--wwdr", "wwdr.pem", "--out", "site.zip"];
    const ended = await bench.run(["safari", "sign", "whole", ...args]);
    expect(ended).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/push package web\.com\.example, 7 files/),
    });
  });
});
