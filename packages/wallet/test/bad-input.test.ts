import { ApnskitError, systemClock } from "apnskit";
import { beforeAll, describe, expect, it } from "vitest";
import { zip } from "../src/files/zip-writer.ts";
import {
  type FilesInput,
  loadModel,
  OrderSigner,
  order,
  PassSigner,
  pass,
  passBundle,
  passService,
  pushPackage,
  type SignerOptions,
  signingIdentity,
  signPackage,
  updatePasses,
  WebsiteSigner,
} from "../src/index.ts";
import { Authority, type Issued } from "./kit/authority.ts";
import {
  ORDER_TYPE,
  orderFiles,
  orderJson,
  PASS_TYPE,
  passFiles,
  passJson,
  png,
  websiteFiles,
  websiteJson,
} from "./kit/models.ts";

interface Case {
  readonly name: string;
  readonly act: () => unknown;
  readonly code: string;
  /** What the message says: what is wrong, and what to do. */
  readonly says: RegExp;
  /** `problem` of an InvalidPackage. */
  readonly problem?: string;
}

const DAY = 86_400_000;
const PACKAGE = "ERR_APNS_INVALID_PACKAGE";

let authority: Authority;
let expiredIntermediate: Authority;
let impostor: Authority;
let card: Issued;
let secondCard: Issued;
let expired: Issued;
let future: Issued;
let push: Issued;
let nameless: Issued;
let ofExpired: Issued;
let ofImpostor: Issued;
let shop: Issued;

beforeAll(async () => {
  const apple = "Apple Worldwide Developer Relations Certification Authority";
  const yesterday = new Date(Date.now() - DAY);
  [authority, expiredIntermediate, impostor] = await Promise.all([
    Authority.create({ keyType: "EC", name: apple, unit: "G3" }),
    Authority.create({ keyType: "EC", notAfter: yesterday }),
    Authority.create({ keyType: "EC", name: apple, unit: "G4" }),
  ]);
  const keyType = "EC";
  [card, secondCard, expired, future, push, nameless, ofExpired, ofImpostor, shop] = await Promise.all([
    authority.issue(PASS_TYPE, { keyType }),
    authority.issue(PASS_TYPE, { keyType }),
    authority.issue(PASS_TYPE, { keyType, notBefore: new Date(Date.now() - 9 * DAY), notAfter: yesterday }),
    authority.issue(PASS_TYPE, { keyType, notBefore: new Date(Date.now() + DAY) }),
    authority.issue("com.example.app", { keyType }),
    authority.issue(undefined, { keyType, name: "Somebody" }),
    expiredIntermediate.issue(PASS_TYPE, { keyType }),
    impostor.issue(PASS_TYPE, { keyType }),
    authority.issue(ORDER_TYPE, { keyType }),
  ]);
});

/** `pass.json` with changes. */
const card4711 = (changes: Record<string, unknown>) => () => pass(passFiles({ ...passJson(), ...changes }));
const without = (name: string) => () => {
  const { [name]: _gone, ...json } = passJson();
  return pass(passFiles(json));
};
const withFiles = (files: FilesInput) => () => pass({ ...passFiles(), ...(files as object) });
const field = (changes: Record<string, unknown>) =>
  card4711({ storeCard: { primaryFields: [{ key: "a", value: "x", ...changes }] } });
const shopping = (changes: Record<string, unknown>) => () =>
  order(orderFiles({ ...orderJson(), ...changes }));
const website = (changes: Record<string, unknown>) => () =>
  pushPackage(websiteFiles({ ...websiteJson(), ...changes }));
const signer = (options: () => SignerOptions) => () => new PassSigner(options());
const wwdr = () => authority.intermediate;

const CERTIFICATES: readonly Case[] = [
  {
    name: "no intermediate",
    act: signer(() => card as SignerOptions),
    code: "ERR_APNS_CERTIFICATE_ISSUER",
    says: /issued by Apple Worldwide.*G3, but wwdr is missing; fetch https:\/\/www\.apple\.com\/certificateauthority\/AppleWWDRCAG3\.cer/,
  },
  {
    name: "the intermediate of another generation",
    act: signer(() => ({ ...card, wwdr: impostor.intermediate })),
    code: "ERR_APNS_CERTIFICATE_ISSUER",
    says: /G3, but wwdr has .*G4; fetch .*AppleWWDRCAG3\.cer/,
  },
  {
    name: "an intermediate that is named as Apple's and is another one",
    act: signer(() => ({ ...ofImpostor, wwdr: impostor.intermediate })),
    code: "ERR_APNS_CERTIFICATE_ISSUER",
    says: /is not Apple's G4: its fingerprint is [0-9A-F:]+; fetch/,
  },
  {
    name: "an intermediate that has expired",
    act: signer(() => ({ ...ofExpired, wwdr: expiredIntermediate.intermediate })),
    code: "ERR_APNS_CERTIFICATE_EXPIRED",
    says: /intermediate 'Test.*' of 'Pass Type ID.*' has expired/,
  },
  {
    name: "an intermediate that is no certificate",
    act: signer(() => ({ ...card, wwdr: card.key })),
    code: "ERR_APNS_CERTIFICATE_UNREADABLE",
    says: /^wwdr holds no certificate, but a PKCS#8 private key/,
  },
  {
    name: "a certificate that has expired",
    act: signer(() => ({ ...expired, wwdr: wwdr() })),
    code: "ERR_APNS_CERTIFICATE_EXPIRED",
    says: /expired on .*make a new certificate at developer\.apple\.com/,
  },
  {
    name: "a certificate that is not valid yet",
    act: signer(() => ({ ...future, wwdr: wwdr() })),
    code: "ERR_APNS_CERTIFICATE_NOT_YET_VALID",
    says: /valid from .*check the clock/,
  },
  {
    name: "a certificate that expires while the signer lives",
    act: () => {
      let late = 0;
      const clock = {
        ...systemClock,
        now: () => 0,
        epoch: () => Date.now() + late,
        setTimer: systemClock.setTimer,
      };
      const made = new PassSigner({ ...card, wwdr: wwdr(), clock });
      late = 400 * DAY;
      return made.sign(pass(passFiles()));
    },
    code: "ERR_APNS_CERTIFICATE_EXPIRED",
    says: /expired on/,
  },
  {
    name: "the key of another certificate",
    act: signer(() => ({ cert: card.cert, key: secondCard.key, wwdr: wwdr() })),
    code: "ERR_APNS_CERTIFICATE_KEY_MISMATCH",
    says: /does not belong to the certificate: 'Pass Type ID/,
  },
  {
    name: "a certificate for pushes of an app",
    act: signer(() => ({ ...push, wwdr: wwdr() })),
    code: "ERR_APNS_CERTIFICATE_IDENTIFIER",
    says: /is for com\.example\.app; give a certificate whose identifier begins with pass\./,
  },
  {
    name: "a certificate without an identifier",
    act: signer(() => ({ ...nameless, wwdr: wwdr() })),
    code: "ERR_APNS_CERTIFICATE_IDENTIFIER",
    says: /'Somebody' names no identifier \(UID\)/,
  },
  {
    name: "a certificate of orders for passes",
    act: signer(() => ({ ...shop, wwdr: wwdr() })),
    code: "ERR_APNS_CERTIFICATE_IDENTIFIER",
    says: /is for order\.com\.example\.shop; .*pass\./,
  },
  {
    name: "a pass of another pass type",
    act: () =>
      new PassSigner({ ...card, wwdr: wwdr() }).sign(
        pass(passFiles(), { passTypeIdentifier: "pass.com.other" }),
      ),
    code: "ERR_APNS_CERTIFICATE_IDENTIFIER",
    says: /is for pass\.com\.example\.card, not for pass\.com\.other; give the certificate of this identifier/,
  },
  {
    name: "a pass of another team",
    act: () =>
      new PassSigner({ ...card, wwdr: wwdr() }).sign(pass(passFiles(), { teamIdentifier: "ZZZZZZZZZZ" })),
    code: "ERR_APNS_CERTIFICATE_TEAM",
    says: /to the team A1B2C3D4E5, but teamIdentifier is ZZZZZZZZZZ/,
  },
  {
    name: "no certificate at all",
    act: signer(() => ({ wwdr: wwdr() })),
    code: "ERR_APNS_CREDENTIALS_MISSING",
    says: /^PassSigner: nothing is given; give pem, cert with key, or pfx/,
  },
  {
    name: "a certificate in two forms",
    act: signer(() => ({ ...card, pem: card.cert + card.key })),
    code: "ERR_APNS_CREDENTIALS_AMBIGUOUS",
    says: /give one of pem/,
  },
  {
    name: "several certificates where one is wanted",
    act: () => signingIdentity({ pem: card.cert + card.key + shop.cert + shop.key, wwdr: wwdr() }),
    code: "ERR_APNS_CREDENTIALS_AMBIGUOUS",
    says: /2 certificates can sign/,
  },
  {
    name: "an option of another library",
    act: signer(() => ({ ...card, signerCert: "x" }) as SignerOptions),
    code: "ERR_APNS_INVALID_OPTION",
    says: /PassSigner has no option "signerCert"; it takes pem/,
  },
  {
    name: "an object of files in place of a pass",
    act: () => new PassSigner({ ...card, wwdr: wwdr() }).sign(passFiles() as never),
    code: PACKAGE,
    says: /needs a pass; make it with pass\(model, overrides\)/,
    problem: "invalid",
  },
  {
    name: "a pass in place of an order",
    act: () => new OrderSigner({ ...shop, wwdr: wwdr() }).sign(pass(passFiles()) as never),
    code: PACKAGE,
    says: /needs an order/,
    problem: "invalid",
  },
  {
    name: "a website certificate that is one of passes",
    act: () => new WebsiteSigner({ ...card, wwdr: wwdr() }),
    code: "ERR_APNS_CERTIFICATE_IDENTIFIER",
    says: /begins with web\./,
  },
  {
    name: "a digest that no manifest has",
    act: () =>
      signPackage({ a: "x" }, signingIdentity({ ...card, wwdr: wwdr() }), { digest: "md5" as never }),
    code: "ERR_APNS_INVALID_OPTION",
    says: /"sha1" or "sha256"/,
  },
  {
    name: "no files to sign",
    act: () => signPackage({}, signingIdentity({ ...card, wwdr: wwdr() })),
    code: PACKAGE,
    says: /no files/,
    problem: "missing",
  },
  {
    name: "options in place of an identity",
    act: () => signPackage({ a: "x" }, card as never),
    code: "ERR_APNS_CREDENTIALS_MISSING",
    says: /make it with signingIdentity/,
  },
];

const FILES: readonly Case[] = [
  {
    name: "a missing icon",
    act: () => {
      const { "icon.png": _one, "icon@2x.png": _two, ...files } = passFiles();
      return pass(files);
    },
    code: PACKAGE,
    says: /icon\.png is missing/,
    problem: "missing",
  },
  {
    name: "an icon in capital letters",
    act: () => {
      const { "icon.png": icon, "icon@2x.png": _two, ...files } = passFiles();
      return pass({ ...files, "Icon.png": icon! });
    },
    code: PACKAGE,
    says: /icon\.png is missing.*Icon\.png does not count: names are exact/,
    problem: "missing",
  },
  {
    name: "an image that is a JPEG",
    act: withFiles({ "logo.png": Buffer.from("ffd8ffe000104a464946", "hex") }),
    code: PACKAGE,
    says: /logo\.png is not a PNG image/,
    problem: "invalid",
  },
  {
    name: "an empty image",
    act: withFiles({ "strip.png": Buffer.alloc(0) }),
    code: PACKAGE,
    says: /strip\.png is empty/,
    problem: "invalid",
  },
  {
    name: "an image of 100 MB",
    act: withFiles({ "strip.png": Buffer.alloc(100_000_000) }),
    code: PACKAGE,
    says: /"strip\.png" has 100000000 bytes; a file of a package may have 10485760/,
    problem: "too-large",
  },
  {
    name: "a package that is too large as a whole",
    act: withFiles(Object.fromEntries([1, 2, 3, 4].map((n) => [`${n}.bin`, Buffer.alloc(9_000_000)]))),
    code: PACKAGE,
    says: /more than 33554432 bytes/,
    problem: "too-large",
  },
  {
    name: "a thousand files too many",
    act: withFiles(Object.fromEntries(Array.from({ length: 1_001 }, (_, n) => [`${n}.txt`, "x"]))),
    code: PACKAGE,
    says: /more than 1000 files/,
    problem: "too-large",
  },
  ...(
    [
      ["a path with ..", "../icon.png", /leads out of the package/],
      ["a path with .. inside", "de.lproj/../../x", /leads out of the package/],
      ["an absolute path", "/etc/passwd", /is absolute/],
      ["a backslash", "de.lproj\\logo.png", /has a backslash; folders are separated by \//],
      ["a drive", "C:icon.png", /begins with a drive/],
      ["a control character", "icon\n.png", /has a control character/],
      ["an empty name", "", /must be a string that is not empty/],
      ["an empty part", "de.lproj//x", /an empty part/],
      ["a name of 300 bytes", `${"a".repeat(300)}.png`, /longer than 255 bytes/],
      ["half a surrogate pair", "\ud800.png", /well-formed/],
    ] as const
  ).map(([name, file, says]) => ({
    name: `a file name: ${name}`,
    act: withFiles({ [file]: png(2) }),
    code: PACKAGE,
    says,
    problem: "invalid",
  })),
  {
    name: "a file name twice",
    act: () => pass([...Object.entries(passFiles()), ["icon.png", png(29)]] as never),
    code: PACKAGE,
    says: /"icon\.png" occurs twice/,
    problem: "conflict",
  },
  {
    name: "file names that differ in case only",
    act: withFiles({ "Logo.png": png(2) }),
    code: PACKAGE,
    says: /"Logo\.png" and "logo\.png" are one name on a device/,
    problem: "conflict",
  },
  {
    name: "a file that is a folder as well",
    act: withFiles({ "logo.png/x": "y" }),
    code: PACKAGE,
    says: /is a file, and the folder of/,
    problem: "conflict",
  },
  {
    name: "a manifest among the files",
    act: withFiles({ "manifest.json": "{}" }),
    code: PACKAGE,
    says: /is made by signing; leave it out/,
    problem: "conflict",
  },
  {
    name: "a file that is a number",
    act: withFiles({ "logo.png": 7 as never }),
    code: PACKAGE,
    says: /"logo\.png" must be bytes, a string.*received number/,
    problem: "invalid",
  },
  {
    name: "files that are bytes",
    act: () => pass(Buffer.from("x") as never),
    code: PACKAGE,
    says: /must be an object, a Map or pairs/,
    problem: "invalid",
  },
  {
    name: "texts of a language that are no texts",
    act: withFiles({ "de.lproj/pass.strings": '"a" = "b"\n"c" = "d";' }),
    code: PACKAGE,
    says: /pass\.strings line 1: it must be lines of the form "key" = "text";/,
    problem: "invalid",
  },
  {
    name: "texts of 2 MB",
    act: withFiles({ "de.lproj/pass.strings": `"a" = "${"b".repeat(2_000_000)}";` }),
    code: PACKAGE,
    says: /pass\.strings has 2000009 bytes; a file of texts may have 1048576/,
    problem: "too-large",
  },
  {
    name: "texts of a language without their end",
    act: withFiles({ "de.lproj/pass.strings": `"a" = "${"\\x".repeat(500_000)}` }),
    code: PACKAGE,
    says: /line 1: it must be lines of the form/,
    problem: "invalid",
  },
  {
    name: "texts of a language in Latin-1",
    act: withFiles({ "de.lproj/pass.strings": Buffer.from('"a" = "\xfc";', "latin1") }),
    code: PACKAGE,
    says: /neither UTF-8 nor UTF-16/,
    problem: "unreadable",
  },
  {
    name: "a folder of a language that is none",
    act: withFiles({ "Deutsch!.lproj/pass.strings": "" }),
    code: PACKAGE,
    says: /such as de\.lproj/,
    problem: "invalid",
  },
  {
    name: "a text that is a number",
    act: () => pass(passFiles(), undefined, { localisations: { de: { a: 1 as never } } }),
    code: PACKAGE,
    says: /must be a string/,
    problem: "invalid",
  },
  {
    name: "an unknown extra",
    act: () => pass(passFiles(), undefined, { localizations: {} } as never),
    code: "ERR_APNS_INVALID_OPTION",
    says: /no option "localizations"; it takes files, localisations/,
  },
  {
    name: "a folder that is not there",
    act: () => loadModel("/nowhere/at/all.pass"),
    code: PACKAGE,
    says: /cannot be read \(ENOENT\): give a folder or a zip file/,
    problem: "unreadable",
  },
  {
    name: "an archive that is none",
    act: () => loadModel(Buffer.from("PK\x03\x04 and more")),
    code: PACKAGE,
    says: /not a zip file, or it is cut off/,
    problem: "unreadable",
  },
  {
    name: "an archive that is cut off",
    act: () => loadModel(zip([{ name: "pass.json", bytes: Buffer.from("{}") }]).subarray(0, 40)),
    code: PACKAGE,
    says: /cut off/,
    problem: "unreadable",
  },
  {
    name: "an archive with a damaged file",
    act: () => {
      const archive = zip([{ name: "logo.png", bytes: png(20) }]);
      archive[60] = archive[60]! ^ 1;
      return loadModel(archive);
    },
    code: PACKAGE,
    says: /"logo\.png" is damaged/,
    problem: "unreadable",
  },
  {
    name: "an archive that leads out of its folder",
    act: () => loadModel(zip([{ name: "../../evil", bytes: Buffer.from("x") }])),
    code: PACKAGE,
    says: /leads out of the package/,
    problem: "invalid",
  },
  {
    name: "an archive with a backslash",
    act: () => loadModel(zip([{ name: "de.lproj\\x", bytes: Buffer.from("x") }])),
    code: PACKAGE,
    says: /has a backslash/,
    problem: "invalid",
  },
  {
    name: "an archive with a file of 12 MB in 12 KB",
    act: () => loadModel(zip([{ name: "bomb.txt", bytes: Buffer.alloc(12_000_000) }])),
    code: PACKAGE,
    says: /"bomb\.txt" has 12000000 bytes/,
    problem: "too-large",
  },
  {
    name: "a bundle without passes",
    act: () => passBundle([]),
    code: PACKAGE,
    says: /one pass or more/,
    problem: "missing",
  },
  {
    name: "a bundle of 11 passes",
    act: () => passBundle(Array(11).fill(new PassSigner({ ...card, wwdr: wwdr() }).sign(pass(passFiles())))),
    code: PACKAGE,
    says: /may have 10 passes; received 11/,
    problem: "too-large",
  },
  {
    name: "a bundle of something else",
    act: () => passBundle([Buffer.from("x") as never]),
    code: PACKAGE,
    says: /a list of signed passes/,
    problem: "invalid",
  },
];

const CONTENT: readonly Case[] = [
  {
    name: "no pass.json",
    act: () => {
      const { "pass.json": _gone, ...files } = passFiles();
      return pass(files);
    },
    code: PACKAGE,
    says: /^pass\.json is missing in the package$/,
    problem: "missing",
  },
  {
    name: "pass.json in a folder of its own",
    act: () => {
      const { "pass.json": json, ...files } = passFiles();
      return pass({ ...files, "card.pass/pass.json": json! });
    },
    code: PACKAGE,
    says: /is card\.pass\/pass\.json meant\?/,
    problem: "missing",
  },
  {
    name: "pass.json with a comma too many",
    act: withFiles({ "pass.json": '{"formatVersion": 1,}' }),
    code: PACKAGE,
    says: /pass\.json is not JSON in UTF-8/,
    problem: "unreadable",
  },
  {
    name: "pass.json that is a list",
    act: withFiles({ "pass.json": "[]" }),
    code: PACKAGE,
    says: /must be an object/,
    problem: "invalid",
  },
  {
    name: "pass.json of 100,000 lists in each other",
    act: withFiles({ "pass.json": `{"userInfo": ${"[".repeat(100_000)}${"]".repeat(100_000)}}` }),
    code: PACKAGE,
    says: /nested deeper than 64 levels|is not JSON/,
  },
  {
    name: "an order of 500 lists in each other",
    act: () => {
      let deep: unknown[] = [];
      for (let level = 0; level < 500; level++) deep = [deep];
      return order(orderFiles({ ...orderJson(), deep }));
    },
    code: PACKAGE,
    says: /order\.json is nested deeper than 64 levels/,
    problem: "invalid",
  },
  {
    name: "overrides of 500 lists in each other",
    act: () => {
      let deep: unknown[] = [];
      for (let level = 0; level < 500; level++) deep = [deep];
      return pass(passFiles(), { userInfo: deep });
    },
    code: PACKAGE,
    says: /nested deeper than 64 levels|cannot be written as JSON/,
    problem: "invalid",
  },
  {
    name: "a model that contains itself",
    act: () => {
      const json: Record<string, unknown> = {};
      json.userInfo = json;
      return pass(passFiles(), json);
    },
    code: PACKAGE,
    says: /cannot be written as JSON/,
    problem: "invalid",
  },
  ...["passTypeIdentifier", "teamIdentifier", "serialNumber", "organizationName", "description"].map(
    (name) => ({
      name: `a pass without ${name}`,
      act: without(name),
      code: PACKAGE,
      says: new RegExp(`^pass\\.json: ${name} is missing$`),
      problem: "missing",
    }),
  ),
  ...(
    [
      ["format version 2", { formatVersion: 2 }, /formatVersion must be the number 1; received 2/],
      ["a pass type without its prefix", { passTypeIdentifier: "com.a" }, /begins with pass\./],
      ["a team that is a name", { teamIdentifier: "Example" }, /10 letters and digits/],
      [
        "a serial number that is a number",
        { serialNumber: 4711 },
        /serialNumber must be a string; received 4711/,
      ],
      ["an empty description", { description: "" }, /description must not be empty/],
      [
        "a colour by name",
        { backgroundColor: "red" },
        /such as rgb\(23, 187, 82\); received the string "red"/,
      ],
      ["a colour beyond 255", { labelColor: "rgb(1, 2, 300)" }, /labelColor must be a colour/],
      ["a date without a time", { expirationDate: "2026-05-01" }, /complete date with time and zone/],
      [
        "a date without a zone",
        { expirationDate: "2026-05-01T10:00:00" },
        /complete date with time and zone/,
      ],
      ["30 February", { relevantDate: "2026-02-30T10:00Z" }, /complete date/],
      [
        "a date that is a number",
        { relevantDates: [{ date: 1_780_000_000 }] },
        /relevantDates\[0\]\.date must be/,
      ],
      ["half an interval", { relevantDates: [{ startDate: "2026-05-01T10:00Z" }] }, /startDate and endDate/],
      [
        "eleven locations",
        { locations: Array(11).fill({ latitude: 1, longitude: 1 }) },
        /may have 10 elements/,
      ],
      [
        "a latitude of 91",
        { locations: [{ latitude: 91, longitude: 1 }] },
        /locations\[0\]\.latitude .*-90 to 90/,
      ],
      ["a beacon without hyphens", { beacons: [{ proximityUUID: "ab" }] }, /UUID with hyphens/],
      [
        "a barcode without a message",
        { barcodes: [{ format: "PKBarcodeFormatQR" }] },
        /barcodes\[0\]\.message is/,
      ],
      [
        "a barcode of an unknown format",
        { barcodes: [{ format: "QR", message: "x", messageEncoding: "utf-8" }] },
        /barcodes\[0\]\.format must be PKBarcodeFormatQR/,
      ],
      [
        "a barcode that its encoding cannot express",
        { barcodes: [{ format: "PKBarcodeFormatQR", message: "łódź", messageEncoding: "iso-8859-1" }] },
        /barcodes\[0\]\.message has characters that iso-8859-1 lacks; set messageEncoding to utf-8/,
      ],
      ["barcodes that are no list", { barcodes: {} }, /barcodes must be a list/],
      ["a short authentication token", { authenticationToken: "abc" }, /16 characters or more; it has 3/],
      ["a web service over http", { webServiceURL: "http://a.example" }, /begins with https:\/\//],
      ["a web service that is no URL", { webServiceURL: "wallet" }, /begins with https:\/\//],
      ["a web service without a token", { authenticationToken: undefined }, /authenticationToken is missing/],
      ["no style", { storeCard: undefined }, /needs a style: boardingPass, coupon/],
      ["two styles", { coupon: {} }, /conflicts with coupon|conflicts with storeCard/],
      [
        "a boarding pass without transit type",
        { storeCard: undefined, boardingPass: {} },
        /transitType is missing/,
      ],
      ["a voided that is a text", { voided: "true" }, /voided must be true or false/],
      ["a null", { logoText: null }, /logoText must be a string; received null/],
    ] as const
  ).map(([name, changes, says]) => ({ name, act: card4711(changes), code: PACKAGE, says })),
  {
    name: "a field without a key",
    act: field({ key: undefined }),
    code: PACKAGE,
    says: /\[0\]\.key is missing/,
  },
  {
    name: "a field without a value",
    act: field({ value: undefined }),
    code: PACKAGE,
    says: /value is missing/,
  },
  {
    name: "a field that is an object",
    act: field({ value: {} }),
    code: PACKAGE,
    says: /a string, a date or a number/,
  },
  {
    name: "two fields of one key",
    act: card4711({
      storeCard: { primaryFields: [{ key: "a", value: 1 }], backFields: [{ key: "a", value: 2 }] },
    }),
    code: PACKAGE,
    says: /backFields\[0\]\.key is the same as storeCard\.primaryFields\[0\]\.key; keys are unique/,
    problem: "conflict",
  },
  {
    name: "a currency of a text",
    act: field({ currencyCode: "EUR" }),
    code: PACKAGE,
    says: /value must be a number, because the field has a numberStyle or currencyCode/,
  },
  {
    name: "a date style of a number",
    act: field({ dateStyle: "PKDateStyleShort", value: 5 }),
    code: PACKAGE,
    says: /value must be a complete date.*because the field has a dateStyle/,
  },
  {
    name: "an unknown date style",
    act: field({ dateStyle: "short" }),
    code: PACKAGE,
    says: /PKDateStyleShort/,
  },
  { name: "a currency in words", act: field({ currencyCode: "Euro" }), code: PACKAGE, says: /ISO 4217/ },
  {
    name: "an unknown alignment",
    act: field({ textAlignment: "left" }),
    code: PACKAGE,
    says: /PKTextAlignmentLeft/,
  },
  ...(
    [
      ["an order without a merchant", { merchant: undefined }, /^order\.json: merchant is missing$/],
      ["an order type without its prefix", { orderTypeIdentifier: "shop" }, /begins with order\./],
      ["an order of an unknown status", { status: "lost" }, /must be open, completed or cancelled/],
      [
        "an order updated before it was made",
        { updatedAt: "2026-04-01T10:00:00Z" },
        /updatedAt is before createdAt/,
      ],
      [
        "an order with an image that is not there",
        { lineItems: [{ title: "x", quantity: 1, image: "no.png" }] },
        /lineItems\[0\]\.image names the image no\.png, which is not in the package/,
      ],
      ["an order with a web service over http", { webServiceURL: "http://localhost" }, /begins with https/],
      [
        "a fulfillment of an unknown type",
        { fulfillments: [{ fulfillmentType: "pigeon" }] },
        /shipping or pickup/,
      ],
      [
        "a payment without a status",
        { payment: { total: { amount: "1", currency: "EUR" } } },
        /payment\.status is missing/,
      ],
      [
        "an amount in words",
        { payment: { total: { amount: "one", currency: "EUR" }, status: "paid" } },
        /amount such as/,
      ],
    ] as const
  ).map(([name, changes, says]) => ({ name, act: shopping(changes), code: PACKAGE, says })),
  ...(
    [
      ["a website without a domain", { allowedDomains: [] }, /one origin or more/],
      ["a domain with a path", { allowedDomains: ["https://a.example/x"] }, /must be an origin/],
      ["a target of another domain", { urlFormatString: "https://b.example/%@" }, /not in allowedDomains/],
      ["a website id without its prefix", { websitePushID: "com.a" }, /begins with web\./],
    ] as const
  ).map(([name, changes, says]) => ({ name, act: website(changes), code: PACKAGE, says })),
  {
    name: "a push package without an icon",
    act: () => {
      const { "icon.iconset/icon_32x32@2x.png": _gone, ...files } = websiteFiles();
      return pushPackage(files);
    },
    code: PACKAGE,
    says: /icon_32x32@2x\.png is missing; Safari needs all 6 icons/,
    problem: "missing",
  },
  {
    name: "a push package with an icon of another size",
    act: () => pushPackage({ ...websiteFiles(), "icon.iconset/icon_16x16.png": png(17) }),
    code: PACKAGE,
    says: /16 × 16 pixels; it has 17 × 17/,
    problem: "invalid",
  },
];

const SERVICES: readonly Case[] = [
  {
    name: "a service without a store",
    act: () => passService({ find: () => undefined } as never),
    code: "ERR_APNS_INVALID_OPTION",
    says: /registrations must be a store, such as/,
  },
  {
    name: "a service that finds nothing",
    act: () => passService({} as never),
    code: "ERR_APNS_INVALID_OPTION",
    says: /needs find/,
  },
  {
    name: "an update without a client",
    act: () => updatePasses(["1"], { passTypeIdentifier: PASS_TYPE } as never),
    code: "ERR_APNS_INVALID_OPTION",
    says: /needs apns, an open ApnsClient for production/,
  },
  {
    name: "an update of one serial number that is no list",
    act: () => updatePasses("4711", { apns: { sendMany: () => [] }, passTypeIdentifier: PASS_TYPE } as never),
    code: "ERR_APNS_INVALID_OPTION",
    says: /registrations must be a store|takes a list of identifiers/,
  },
];

describe("bad input gets one typed error that says what to do", () => {
  it.each([...CERTIFICATES, ...FILES, ...CONTENT, ...SERVICES])(
    "$name",
    async ({ act, code, says, problem }) => {
      const error: unknown = await (async () => act())().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(ApnskitError);
      expect((error as Error).message).toMatch(says);
      expect(error).toMatchObject({ code, ...(problem === undefined ? {} : { problem }) });
      expect((error as Error).message).not.toMatch(/PRIVATE KEY|vxwxd7J8/);
    },
  );
});
