import { defineCommand, type OptionGroup } from "../definition.ts";
import { dataEntry, wholeNumber } from "../options/parsers.ts";
import { SIGNER_OPTIONS } from "../options/signer-options.ts";
import type { WalletDoctorFlags } from "../wallet/doctor.ts";
import type { SignFlags } from "../wallet/sign.ts";

const PACKAGE_OPTIONS: OptionGroup = {
  heading: "Package",
  options: [
    {
      flags: "--set <key=value>",
      description: "replaces a member of pass.json or order.json: key=text or key:=JSON",
      parse: dataEntry,
      repeatable: true,
    },
    { flags: "--out <file>", description: "where to write the signed package" },
  ],
};

const sign = defineCommand<SignFlags>({
  name: "sign",
  summary: "check a pass or an order, and sign it",
  details: `The folder, or zip file, holds pass.json or order.json, images and texts. Everything is checked by Apple's rules first: a
device that refuses a package does not say why.`,
  arguments: [{ name: "<folder>", description: "the model: a folder, or a zip file" }],
  options: [PACKAGE_OPTIONS, SIGNER_OPTIONS],
  examples: [
    {
      line: "apnskit wallet sign card.pass --signer pass.p12 --passphrase-file pw --wwdr AppleWWDRCAG4.cer --out card.pkpass",
      does: "a pass",
    },
    {
      line: "apnskit wallet sign card.pass --signer pass.pem --set serialNumber=7 --out 7.pkpass",
      does: "another pass of the same model",
    },
  ],
  run: async (invocation) => (await import("../wallet/sign.ts")).signItem(invocation),
});

const verify = defineCommand({
  name: "verify",
  summary: "look at a signed package as a device would: content, manifest, signature, chain, dates",
  details:
    "It works without Apple, and cannot know whether a certificate was revoked. It ends with 2 for a package that no device takes.",
  arguments: [{ name: "<file>", description: "a .pkpass, .order or push package" }],
  examples: [{ line: "apnskit wallet verify card.pkpass --json", does: "for programs" }],
  run: async (invocation) => (await import("../wallet/verify.ts")).verify(invocation),
});

const doctor = defineCommand<WalletDoctorFlags>({
  name: "doctor",
  summary: "find out why a pass or an order is not taken, or not updated",
  details: `Checks the model or signed package, the signer, and asks the web service what a device would ask: with a device that it
cannot know, with a wrong token, and with the package's own token.`,
  arguments: [{ name: "<package>", description: "a folder, or a .pkpass or .order file" }],
  options: [
    {
      heading: "Checks",
      options: [
        { flags: "--ca <file>", description: "certificate authority to trust for the web service, PEM" },
        { flags: "--offline", description: "do not ask the web service" },
        {
          flags: "--timeout <ms>",
          description: "time for each question to the web service, in milliseconds",
          parse: wholeNumber(1, 600_000),
          default: 5_000,
        },
      ],
    },
    SIGNER_OPTIONS,
  ],
  examples: [
    {
      line: "apnskit wallet doctor card.pass --signer pass.pem --wwdr AppleWWDRCAG4.cer",
      does: "before the first pass goes out",
    },
  ],
  run: async (invocation) => (await import("../wallet/doctor.ts")).walletDoctor(invocation),
});

export const wallet = defineCommand({
  name: "wallet",
  summary: "sign, verify and examine Wallet passes and orders",
  subcommands: [sign, verify, doctor],
});
