import { importPKCS8, importSPKI, jwtVerify } from "jose";
import { afterAll, describe, expect, it } from "vitest";
import { providerToken } from "../../src/index.ts";
import { OpenSsl } from "../kit/openssl.ts";

const openssl = new OpenSsl();
afterAll(() => openssl[Symbol.dispose]());

const ids = { keyId: "ABC123DEFG", teamId: "DEF123GHIJ" };

describe("a .p8 key that OpenSSL made", () => {
  it("signs tokens that jose verifies by the public key that OpenSSL derived", async () => {
    const key = openssl.p8("AuthKey.p8");
    await expect(importPKCS8(key, "ES256")).resolves.toBeDefined();
    openssl.run("pkey", "-in", "AuthKey.p8", "-pubout", "-out", "AuthKey.pub");
    const jwt = providerToken({ key, ...ids })
      .current()
      .authorization.slice("bearer ".length);
    const verified = await jwtVerify(jwt, await importSPKI(openssl.text("AuthKey.pub"), "ES256"));
    expect(verified.payload.iss).toBe(ids.teamId);
  });
});
