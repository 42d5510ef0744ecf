import { describe, expect, it } from "vitest";
import { type ChainLink, chainFinding } from "../src/doctor/certificate-chain.ts";

const link = (subject: string, issuer: string, issuerOrganisation: string | undefined): ChainLink => ({
  subject,
  issuer,
  issuerOrganisation,
  notAfter: new Date("2030-01-01"),
});
const host = "api.push.apple.com";
const apple = [link(host, "Apple Public Server RSA CA 12 - G1", "Apple Inc.")];
const company = [link(host, "Example Corp TLS Inspection", "Example Corp")];

describe("the server's certificate", () => {
  it("is right when Apple issued it", () => {
    const finding = chainFinding({ host, chain: apple, problem: undefined, ownCa: false });
    expect(finding).toMatchObject({ status: "ok", detail: `${host} ← Apple Public Server RSA CA 12 - G1` });
  });

  it("names a company's proxy, trusted or not", () => {
    const untrusted = chainFinding({
      host,
      chain: company,
      problem: "SELF_SIGNED_CERT_IN_CHAIN",
      ownCa: false,
    });
    expect(untrusted).toMatchObject({ status: "failed", exitCode: 3 });
    expect(untrusted.detail).toContain("issued by Example Corp TLS Inspection (Example Corp)");
    const trusted = chainFinding({ host, chain: company, problem: undefined, ownCa: true });
    expect(trusted).toMatchObject({ status: "warning", remedy: expect.stringContaining("TLS inspection") });
    expect(trusted).not.toHaveProperty("exitCode");
  });

  it("does not expect Apple behind other host names", () => {
    const other = { host: "push.example", chain: company, problem: undefined, ownCa: false };
    expect(chainFinding(other).status).toBe("ok");
    expect(chainFinding({ ...other, host: "push.apple.com.example" }).status).toBe("ok");
  });

  it.each([
    ["CERT_HAS_EXPIRED", /expired/],
    ["CERT_NOT_YET_VALID", /not valid yet/],
    ["ERR_TLS_CERT_ALTNAME_INVALID", /another host name/],
    ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", /not trusted/],
  ])("says what %s means", (problem, detail) => {
    const finding = chainFinding({ host, chain: apple, problem, ownCa: false });
    expect(finding).toMatchObject({ status: "failed", detail: expect.stringMatching(detail), exitCode: 3 });
    expect(finding.remedy).toBeTruthy();
  });
});
