import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { looksLikePath, shownPath } from "../src/credentials/shown-path.ts";

// A path may be shown in an error; a key or a passphrase that stands in its place may not.
describe("a path", () => {
  it.each([
    "/etc/keys/AuthKey_ABC123DEFG.p8",
    "./ProductionCertificate2024.p12",
    "/opt/MyCompanyPushCertificate.pem",
    "C:\\Users\\Anna\\Documents\\push.p12",
    "~/Library/MobileDevice/Push Certificates/com.example.app.pem",
    "/run/secrets/apns/AuthKey-ABC123DEFG (1).p8",
    "../fixtures/123e4567-e89b-12d3-a456-426614174000/key.pem",
  ])("is shown: %s", (path) => {
    expect(shownPath(path)).toBe(JSON.stringify(path));
  });
});

describe("a secret in its place is not shown", () => {
  const forms: readonly (readonly [string, (text: string) => string])[] = [
    ["as it is", (text) => text],
    ["with an extension", (text) => `${text}.p8`],
    ["behind a slash", (text) => `/${text}`],
    ["behind a folder", (text) => `./keys/${text}.pem`],
    ["with a slash every 60 characters", (text) => `${text.replace(/.{60}/g, "$&/")}.p8`],
    ["with a slash every 20 characters", (text) => `/${text.replace(/.{20}/g, "$&/")}`],
  ];

  it.each(forms)("base64 of a key, %s", (_, write) => {
    // A P-256 key as PKCS#8 has 138 octets.
    for (let time = 0; time < 2_000; time++) {
      expect(looksLikePath(write(randomBytes(138).toString("base64")))).toBe(false);
    }
  });

  it.each(forms)("hexadecimal of a key, %s", (_, write) => {
    for (let time = 0; time < 2_000; time++) {
      expect(looksLikePath(write(randomBytes(48).toString("hex")))).toBe(false);
    }
  });
});
