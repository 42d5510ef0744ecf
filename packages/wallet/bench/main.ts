import { parseArgs } from "node:util";
import { PKPass } from "passkit-generator";
import { loadModel, PassSigner, pass } from "../src/index.ts";
import { Authority } from "../test/kit/authority.ts";
import { PASS_TYPE, passJson, png } from "../test/kit/models.ts";

// Compares passes signed per second of processor time with passkit-generator, in one run and in turns.

const { values } = parseArgs({ options: { count: { type: "string", default: "1000" } } });
const count = Number(values.count);
const ROUNDS = 5;

const files = {
  "pass.json": Buffer.from(JSON.stringify(passJson())),
  "icon.png": png(29, 29, true),
  "icon@2x.png": png(58, 58, true),
  "logo@2x.png": png(160, 50, true),
  "strip@2x.png": png(200, 100, true),
  "de.lproj/pass.strings": Buffer.from('"Balance" = "Guthaben";\n'),
};

interface Peer {
  readonly name: string;
  readonly make: (serialNumber: string) => Uint8Array;
}

async function peers(): Promise<readonly Peer[]> {
  const authority = await Authority.create();
  const { cert, key } = await authority.issue(PASS_TYPE, { keyType: "RSA" });
  const signer = new PassSigner({ cert, key, wwdr: authority.intermediate });
  const model = await loadModel(files);
  const certificates = { wwdr: authority.intermediate, signerCert: cert, signerKey: key };
  const ec = await authority.issue(PASS_TYPE, { keyType: "EC" });
  const ecSigner = new PassSigner({ ...ec, wwdr: authority.intermediate });
  return [
    {
      name: "passkit-generator, RSA 2048",
      make: (serialNumber) => new PKPass(files, certificates, { serialNumber }).getAsBuffer(),
    },
    {
      name: "@apnskit/wallet, RSA 2048",
      make: (serialNumber) => signer.sign(pass(model, { serialNumber })).bytes(),
    },
    {
      name: "@apnskit/wallet, EC P-256",
      make: (serialNumber) => ecSigner.sign(pass(model, { serialNumber })).bytes(),
    },
  ];
}

const all = await peers();
const spent = new Map(all.map(({ name }) => [name, 0]));
const made = new Map(all.map(({ name }) => [name, 0]));
for (const { make } of all) for (let n = 0; n < 20; n++) make(`warm-${n}`);
for (let round = 0; round < ROUNDS; round++) {
  for (const { name, make } of all) {
    const before = process.cpuUsage();
    for (let n = 0; n < count / ROUNDS; n++) make(`${round}-${n}`);
    const { user, system } = process.cpuUsage(before);
    spent.set(name, spent.get(name)! + (user + system) / 1e6);
    made.set(name, made.get(name)! + Math.ceil(count / ROUNDS));
  }
}
const rate = (name: string) => made.get(name)! / spent.get(name)!;
const base = rate(all[0]!.name);
console.log(`${count} passes each, ${Object.keys(files).length} files, Node.js ${process.versions.node}`);
for (const { name } of all) {
  const perSecond = rate(name).toFixed(0).padStart(6);
  console.log(`${name.padEnd(30)} ${perSecond} passes per CPU-second  × ${(rate(name) / base).toFixed(1)}`);
}
