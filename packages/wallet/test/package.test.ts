import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { expect, it } from "vitest";
import * as entry from "../src/index.ts";
import { orderFiles, passFiles, TOKEN, websiteFiles } from "./kit/models.ts";

const SOURCES = fileURLToPath(new URL("../src", import.meta.url));
const sources = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter((name) =>
  name.endsWith(".ts"),
);

it("exports these names", () => {
  expect(Object.keys(entry).sort()).toEqual([
    "FileRegistrations",
    "InvalidPackage",
    "MemoryRegistrations",
    "Order",
    "OrderSigner",
    "PASS_STYLES",
    "PackageFile",
    "PackageFiles",
    "Pass",
    "PassBundle",
    "PassSigner",
    "PushPackage",
    "RegistrationsError",
    "SignedPackage",
    "SigningIdentity",
    "WALLET_INTERMEDIATE",
    "WebsiteSigner",
    "loadModel",
    "nodeListener",
    "order",
    "orderService",
    "pass",
    "passBundle",
    "passService",
    "pushPackage",
    "safariService",
    "sameSecret",
    "signPackage",
    "signingIdentity",
    "updateOrders",
    "updatePasses",
    "verifyPackage",
  ]);
});

it("has no file of more than 400 lines, and throws no bare errors", () => {
  for (const name of sources) {
    const text = readFileSync(join(SOURCES, name), "utf8");
    expect(text.split("\n").length, name).toBeLessThanOrEqual(400);
    expect(text, name).not.toMatch(/throw new (?:Error|TypeError|RangeError)\b/);
  }
});

it("shows each object on one line, without the authentication token", () => {
  const objects = [
    entry.pass(passFiles()),
    entry.order(orderFiles()),
    entry.pushPackage(websiteFiles()),
    entry.PackageFiles.of(passFiles()),
    entry.PackageFiles.of(passFiles()).get("pass.json"),
    new entry.MemoryRegistrations(),
  ];
  expect(objects.map((one) => inspect(one))).toEqual([
    "Pass(pass.com.example.card 4711, storeCard)",
    "Order(order.com.example.shop 100-1)",
    "PushPackage(web.com.example)",
    "PackageFiles(pass.json, icon.png, icon@2x.png, logo.png, de.lproj/pass.strings)",
    expect.stringMatching(/^PackageFile\(pass\.json, \d+ bytes\)$/),
    "MemoryRegistrations(0 registrations)",
  ]);
  const everything = inspect(objects, { showHidden: true, depth: 9, customInspect: false, getters: true });
  expect(everything).not.toContain(TOKEN);
});
