import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { PKPass } from "passkit-generator";
import { describe, expect, it } from "vitest";
import { readStrings } from "../src/document/strings-file.ts";
import { readZip } from "../src/files/zip-reader.ts";
import {
  loadModel,
  order,
  type PackageFiles,
  PassSigner,
  pass,
  passBundle,
  pushPackage,
  verifyPackage,
} from "../src/index.ts";
import { Authority } from "./kit/authority.ts";
import { orderFiles, orderJson, PASS_TYPE, passFiles, passJson, png, websiteFiles } from "./kit/models.ts";
import { Folder } from "./kit/tools.ts";

const folder = new Folder();
const authority = await Authority.create();
const issued = await authority.issue(PASS_TYPE);
const signer = new PassSigner({ ...issued, wwdr: authority.intermediate });

function write(name: string, content: string | Uint8Array): void {
  mkdirSync(dirname(folder.at(name)), { recursive: true });
  writeFileSync(folder.at(name), content);
}

function writeModel(name: string): string {
  for (const [file, content] of Object.entries(passFiles())) {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content, null, 2));
    write(`${name}/${file}`, bytes);
  }
  return folder.at(name);
}

describe("a model", () => {
  it("is the same from a folder, a URL, a zip file, its bytes, an object, a Map and pairs", async () => {
    const path = writeModel("same.pass");
    const fromFolder = await loadModel(path);
    const archive = signer.sign(pass(fromFolder)).bytes();
    writeFileSync(folder.at("same.pkpass"), archive);
    const entries = Array.from(fromFolder, ({ name, bytes }) => [name, bytes] as const);
    const sources = [
      pathToFileURL(path),
      folder.at("same.pkpass"),
      archive,
      Object.fromEntries(entries),
      new Map(entries),
      entries,
      fromFolder,
    ];
    const digests = (files: PackageFiles) =>
      Array.from(files, (file) => `${file.name} ${file.digest("sha256")}`).sort();
    for (const source of sources) expect(digests(await loadModel(source))).toEqual(digests(fromFolder));
  });

  it("leaves out hidden files and the notes of macOS, and follows links", async () => {
    const path = writeModel("links.pass");
    write("links.pass/.DS_Store", "x");
    write("links.pass/.git/config", "x");
    write("elsewhere/strip.png", png(20));
    symlinkSync(folder.at("elsewhere/strip.png"), folder.at("links.pass/strip.png"));
    expect((await loadModel(path)).names).toEqual(
      expect.arrayContaining(["strip.png", "pass.json", "de.lproj/pass.strings"]),
    );
    expect((await loadModel(path)).size).toBe(6);
  });

  it.skipIf(process.getuid?.() === 0)("says which file it may not read", async () => {
    const path = writeModel("denied.pass");
    chmodSync(folder.at("denied.pass/logo.png"), 0);
    await expect(loadModel(path)).rejects.toThrow(/"logo\.png" cannot be read \(EACCES\)/);
  });

  it("is not changed by its caller's buffers", async () => {
    const icon = Uint8Array.from(png(29));
    const model = await loadModel({ ...passFiles(), "icon.png": icon });
    const before = model.get("icon.png")!.digest("sha1");
    icon.fill(0);
    expect(model.with({ "x.txt": "x" }).get("icon.png")!.digest("sha1")).toBe(before);
    expect((await verifyPackage(signer.sign(pass(model)).bytes())).valid).toBe(true);
  });
});

describe("a pass", () => {
  it("takes overrides, a function, files and texts of languages", () => {
    const made = pass(
      passFiles(),
      { serialNumber: "1", expirationDate: new Date("2026-05-01T10:00:00.123Z"), logoText: undefined },
      {
        files: { "strip.png": png(30) },
        localisations: { de: { Points: "Punkte" }, "pt-BR": { Balance: "Saldo é" } },
      },
    );
    expect(made.json()).toMatchObject({ serialNumber: "1", expirationDate: "2026-05-01T10:00:00Z" });
    expect(made.files.has("strip.png")).toBe(true);
    const texts = (name: string) => Object.fromEntries(readStrings(made.files.get(name)!));
    expect(texts("de.lproj/pass.strings")).toEqual({ Balance: "Guthaben", Points: "Punkte" });
    expect(texts("pt-BR.lproj/pass.strings")).toEqual({ Balance: "Saldo é" });
    // Apple asks for UTF-16 where there is more than ASCII.
    expect(
      Buffer.from(made.files.get("pt-BR.lproj/pass.strings")!.bytes).subarray(0, 2).toString("hex"),
    ).toBe("fffe");
    const doubled = pass(passFiles(), (json) => ({ ...json, serialNumber: `${json.serialNumber}-2` }));
    expect(doubled.serialNumber).toBe("4711-2");
  });

  it("keeps the bytes of pass.json as they are where nothing is overridden", () => {
    const text = `\ufeff${JSON.stringify(passJson(), null, 4)}\n`;
    const made = pass({ ...passFiles(), "pass.json": text });
    expect(Buffer.from(made.files.get("pass.json")!.bytes).toString()).toBe(text);
  });

  it("lets through what Apple does not document, and what it added lately", () => {
    const { storeCard: _gone, ...rest } = passJson();
    const made = pass(passFiles(rest), {
      somethingNew: { a: 1 },
      eventTicket: { additionalInfoFields: [{ key: "a", value: "b", futureStyle: 1 }] },
      relevantDates: [
        { startDate: "2026-05-01T10:00:00Z", endDate: "2026-05-01T12:00:00.5+02:00" },
        { date: "2026-05-01T10:00Z" },
      ],
      preferredStyleSchemes: ["posterEventTicket", "eventTicket"],
      barcodes: [{ format: "PKBarcodeFormatEAN13", message: "4006381333931", messageEncoding: "utf-8" }],
    });
    expect(made.style).toBe("eventTicket");
    expect(made.warnings).toEqual([]);
  });

  it("warns of probable mistakes that Wallet accepts", () => {
    const made = pass(
      { "pass.json": passJson(), "icon.png": png(29), "logo@4x.png": png(9), "picture.png": png(9) },
      {
        backgroundColor: "#ff0000",
        appLaunchURL: "app://x",
        groupingIdentifier: "g",
        storeCard: { primaryFields: [{ key: "a", value: 1, changeMessage: "It changed" }] },
      },
    );
    expect(made.warnings).toEqual([
      "logo@4x.png has a scale that no device requests; devices show @2x and @3x",
      "picture.png is not an image that Wallet shows",
      "icon@2x.png and icon@3x.png are missing; current screens show icon.png blurred",
      "pass.json: storeCard.primaryFields[0].changeMessage has no %@, which Wallet replaces by the new value",
      "pass.json: backgroundColor is in hexadecimal; Apple documents rgb(r, g, b) only",
      "pass.json: groupingIdentifier has an effect in boarding passes and event tickets only",
      "pass.json: appLaunchURL has no effect without associatedStoreIdentifiers",
    ]);
  });

  it("goes into a bundle with others", async () => {
    const signed = ["1", "2"].map((serialNumber) => signer.sign(pass(passFiles(), { serialNumber })));
    const bundle = passBundle(signed);
    expect(bundle.contentType).toBe("application/vnd.apple.pkpasses");
    const inside = await readZip(bundle.bytes());
    expect(inside.map(({ name }) => name)).toEqual(["pass-1.pkpass", "pass-2.pkpass"]);
    expect((await verifyPackage(inside[1]!.bytes)).serialNumber).toBe("2");
  });

  it("has the manifest that passkit-generator makes of the same model", async () => {
    const path = writeModel("peer.pass");
    const overrides = { serialNumber: "42", description: "The same" };
    const certificates = { wwdr: authority.intermediate, signerCert: issued.cert, signerKey: issued.key };
    const theirs = await PKPass.from({ model: path, certificates }, overrides);
    const packed = new Map((await readZip(theirs.getAsBuffer())).map((file) => [file.name, file]));
    const manifestOf = (bytes: Uint8Array) =>
      JSON.parse(Buffer.from(bytes).toString()) as Record<string, string>;
    const theirJson = JSON.parse(Buffer.from(packed.get("pass.json")!.bytes).toString()) as object;
    const model = await loadModel(path);
    const ours = pass(model, overrides);
    // passkit-generator orders the members of pass.json anew and adds empty groups of fields; the rest is the
    // same.
    expect(theirJson).toMatchObject(ours.json());
    // It also writes texts anew, without comments: both files are taken over, the images come from the
    // folder.
    const rewritten = ["pass.json", "de.lproj/pass.strings"].map(
      (name) => [name, packed.get(name)!.bytes] as const,
    );
    const { manifest: made } = signer.sign(pass(model.with(rewritten)));
    const manifest = manifestOf(made);
    expect(manifest).toEqual(manifestOf(packed.get("manifest.json")!.bytes));
    const report = await verifyPackage(theirs.getAsBuffer());
    expect(report.findings.filter(({ level }) => level === "error")).toEqual([]);
  });
});

describe("an order and a push package", () => {
  it("take overrides, and images that are in the folders of languages", () => {
    const { "logo.png": logo, ...files } = orderFiles();
    const made = order(
      { ...files, "de.lproj/logo.png": logo! },
      { orderIdentifier: "7", updatedAt: new Date("2026-06-01") },
    );
    expect(made.orderIdentifier).toBe("7");
    expect(made.json().updatedAt).toBe("2026-06-01T00:00:00Z");
    const texts = order(
      files,
      { merchant: { ...(orderJson().merchant as object), logo: undefined } },
      { localisations: { de: { a: "b" } } },
    );
    expect(texts.files.has("de.lproj/order.strings")).toBe(true);
    expect(pushPackage(websiteFiles(), { websiteName: "Other" }).json().websiteName).toBe("Other");
  });
});

describe("verifyPackage", () => {
  const signed = () => signer.sign(pass(passFiles()));
  const changed = async (change: (files: Map<string, Uint8Array>) => void) => {
    const { zip } = await import("../src/files/zip-writer.ts");
    const files = new Map((await readZip(signed().bytes())).map(({ name, bytes }) => [name, bytes]));
    change(files);
    const report = await verifyPackage(zip(Array.from(files, ([name, bytes]) => ({ name, bytes }))));
    expect(report.valid).toBe(false);
    return report.findings.filter(({ level }) => level === "error").map(({ message }) => message);
  };

  it("finds what was changed, added, removed or forged", async () => {
    expect(await changed((files) => files.set("logo.png", png(7)))).toEqual([
      expect.stringMatching(/"logo\.png" has a sha1 digest that differs/),
    ]);
    expect(await changed((files) => files.set("extra.txt", Buffer.from("x")))).toEqual([
      '"extra.txt" is not in the manifest',
    ]);
    expect(await changed((files) => files.delete("logo.png"))).toEqual([
      '"logo.png" is in the manifest, but not in the package',
    ]);
    expect(await changed((files) => files.delete("signature"))).toEqual(["signature is missing"]);
    expect(await changed((files) => files.set("signature", Buffer.from("x")))).toEqual([
      "the signature is invalid: it is not a CMS signature",
    ]);
    expect(await changed((files) => files.delete("manifest.json"))).toEqual([
      "manifest.json is missing",
      "the signature is invalid: it does not cover this manifest",
    ]);
    expect(await changed((files) => files.set("manifest.json", Buffer.from("[]")))).toEqual([
      "manifest.json is not a JSON object",
      "the signature is invalid: it does not cover this manifest",
    ]);
    const other = signer.sign(pass(passFiles(), { serialNumber: "other" }));
    expect(await changed((files) => files.set("signature", other.signature))).toEqual([
      "the signature is invalid: it does not cover this manifest",
    ]);
    expect(await changed((files) => files.delete("icon.png") && files.delete("icon@2x.png"))).toContainEqual(
      expect.stringMatching(/icon\.png is missing/),
    );
  });

  it("looks at the dates of certificates when the package was signed", async () => {
    const bytes = signed().bytes();
    const later = await verifyPackage(bytes, { now: Date.now() + 400 * 86_400_000 });
    expect(later.valid).toBe(true);
    expect(later.findings.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/signer's certificate has expired since/),
    );
  });
});
