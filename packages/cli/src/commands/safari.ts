import { defineCommand } from "../definition.ts";
import { dataEntry } from "../options/parsers.ts";
import { SIGNER_OPTIONS } from "../options/signer-options.ts";
import type { SignFlags } from "../wallet/sign.ts";

const sign = defineCommand<SignFlags>({
  name: "sign",
  summary: "check a push package, and sign it",
  details: "Legacy: push packages are for Safari 15 and older. Safari 16 and newer use Web Push.",
  arguments: [{ name: "<folder>", description: "a folder or zip file with website.json and icon.iconset" }],
  options: [
    {
      heading: "Package",
      options: [
        {
          flags: "--set <key=value>",
          description: "replaces a member of website.json: key=text or key:=JSON",
          parse: dataEntry,
          repeatable: true,
        },
        { flags: "--out <file>", description: "where to write the signed package" },
      ],
    },
    SIGNER_OPTIONS,
  ],
  examples: [
    {
      line: "apnskit safari sign site.pushpackage --signer web.pem --wwdr AppleWWDRCAG4.cer --out site.zip",
      does: "a push package",
    },
  ],
  run: async (invocation) => (await import("../wallet/sign.ts")).signWebsite(invocation),
});

export const safari = defineCommand({
  name: "safari",
  summary: "sign push packages for Safari 15 and older",
  subcommands: [sign],
});
