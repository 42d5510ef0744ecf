import { generateSigningKey } from "@apnskit/mock-server";
import { providerToken } from "apnskit";
import { describe, expect, it } from "vitest";
import { type App, readApps } from "../src/apps/app.ts";
import { chooseApp, type ListenerScope } from "../src/apps/app-choice.ts";
import type { ClientCertificate } from "../src/apps/client-certificate.ts";

const auth = providerToken(generateSigningKey());
const PIN = "ab".repeat(32);
const app = (topic: string, environment: string, more: object = {}): object => ({
  topic,
  environment,
  auth,
  ...more,
});
const apps: readonly App[] = readApps([
  app("com.example.one", "production"),
  app("com.example.one", "sandbox"),
  app("com.example.two", "production", { fingerprints: [PIN.toUpperCase().replace(/(..)(?=.)/g, "$1:")] }),
]);
const [oneProduction, oneSandbox, two] = apps as [App, App, App];

const SHARED: ListenerScope = { app: undefined, environment: undefined, admitsAnyone: false };
const certificate = (
  topic: string,
  ...environments: ClientCertificate["environments"]
): ClientCertificate => ({
  fingerprint: "cd".repeat(32),
  commonName: undefined,
  topics: [topic],
  environments,
});

describe("the app of a connection", () => {
  it("follows from topic and environment of a certificate that an authority has issued", () => {
    const choose = (environment: "production" | "sandbox") => {
      const caller = { certificate: certificate("com.example.one", environment), isAuthorized: true };
      return chooseApp(apps, SHARED, caller);
    };
    expect(choose("production")).toEqual({ app: oneProduction });
    expect(choose("sandbox")).toEqual({ app: oneSandbox });
  });

  it("follows from the listener's environment where the certificate is for both", () => {
    const caller = {
      certificate: certificate("com.example.one", "production", "sandbox"),
      isAuthorized: true,
    };
    expect(chooseApp(apps, SHARED, caller)).toHaveProperty(
      "refusal",
      expect.stringContaining("several apps"),
    );
    expect(chooseApp(apps, { ...SHARED, environment: "sandbox" }, caller)).toEqual({ app: oneSandbox });
    expect(chooseApp(apps, { ...SHARED, app: oneProduction }, caller)).toEqual({ app: oneProduction });
  });

  it("follows from a pinned certificate, whatever it says and whoever issued it", () => {
    const pinned = {
      certificate: { ...certificate("com.example.one"), fingerprint: PIN },
      isAuthorized: false,
    };
    expect(chooseApp(apps, SHARED, pinned)).toEqual({ app: two });
    expect(chooseApp(apps, { ...SHARED, app: oneSandbox }, pinned)).toHaveProperty("refusal");
  });

  it("follows from the listener alone where it admits anyone", () => {
    const caller = { certificate: undefined, isAuthorized: false };
    expect(chooseApp(apps, { ...SHARED, app: two, admitsAnyone: true }, caller)).toEqual({ app: two });
  });

  it.each([
    ["no certificate", undefined, true, "no client certificate"],
    ["a certificate of a stranger", certificate("com.example.one"), false, "neither pinned nor"],
    ["another topic", certificate("com.example.three"), true, "for no app"],
    ["another environment", certificate("com.example.two", "sandbox"), true, "other environment"],
  ])("is none with %s", (_, given, isAuthorized, refusal) => {
    const choice = chooseApp(apps, SHARED, { certificate: given, isAuthorized });
    expect(choice).toEqual({ refusal: expect.stringContaining(refusal) });
  });
});
