import { describe, expect, it } from "vitest";
import type { CommandFailure } from "../src/failure.ts";
import { profileLayer } from "../src/settings/config-file.ts";
import { flagsLayer } from "../src/settings/flags.ts";
import { type Layer, mergeSettings } from "../src/settings/settings.ts";
import { readTarget } from "../src/settings/target.ts";
import { variablesLayer } from "../src/settings/variables.ts";

const text = (value: string, source: string) => ({ value, source });
const file = (path: string, source: string) => ({ value: { from: "file", path } as const, source });

/** The failure that something ends with. */
function failureOf(act: () => unknown): Pick<CommandFailure, "message" | "exitCode"> {
  try {
    act();
  } catch (error) {
    const { message, exitCode } = error as CommandFailure;
    return { message, exitCode };
  }
  throw new Error("it did not fail");
}

describe("settings", () => {
  it("takes each value from the first layer that has it, with its source", () => {
    const merged = mergeSettings([
      { topic: text("flag", "--topic") },
      { topic: text("variable", "APNSKIT_TOPIC"), target: text("sandbox", "APNSKIT_TARGET") },
      {
        topic: text("profile", "profile"),
        target: text("production", "profile"),
        proxy: text("http://p", "profile"),
      },
    ]);
    expect(merged).toMatchObject({
      topic: { value: "flag", source: "--topic" },
      target: { value: "sandbox", source: "APNSKIT_TARGET" },
      proxy: { value: "http://p", source: "profile" },
    });
  });

  const profile: Layer = {
    key: file("/p/AuthKey_PPPPPPPPPP.p8", "profile"),
    keyId: text("profileKey", "profile"),
    teamId: text("profileTeam", "profile"),
  };

  it("never puts a profile's key id beside another key, but takes its team id", () => {
    const { credentials } = mergeSettings([{ key: file("other.p8", "--key-file") }, {}, profile]);
    // No other source names an id, so the profile's id counts.
    expect(credentials).toMatchObject({ keyId: { source: "profile" }, teamId: { source: "profile" } });
    const named = mergeSettings([{ key: file("/x/AuthKey_NNNNNNNNNN.p8", "--key-file") }, {}, profile]);
    expect(named.credentials).toMatchObject({ keyId: { value: "NNNNNNNNNN" } });
    for (const name of ["AuthKey-NNNNNNNNNN.p8", "authkey_nnnnnnnnnn.p8", "AuthKey_NNNNNNNNNN (1).p8"]) {
      const copy = mergeSettings([{ key: file(`/x/${name}`, "--key-file") }, {}, profile]);
      expect(copy.credentials).toMatchObject({ keyId: { value: "NNNNNNNNNN" } });
    }
    const own = mergeSettings([{ keyId: text("flagKey", "--key-id") }, {}, profile]);
    expect(own.credentials).toMatchObject({ key: { source: "profile" }, keyId: { value: "flagKey" } });
  });

  it("lets a certificate of an earlier layer replace a key, and drops what belonged to another certificate", () => {
    const certificates: Layer = {
      ...file2("profile"),
      passphrase: { value: { from: "text", text: "x" }, source: "profile" },
    };
    const { credentials } = mergeSettings([
      { certificate: file("c.p12", "--certificate") },
      {},
      certificates,
    ]);
    expect(credentials).toEqual({
      kind: "certificate",
      certificate: file("c.p12", "--certificate"),
      certificateKey: undefined,
      passphrase: undefined,
    });
    expect(
      mergeSettings([{ certificate: file("c.p12", "--certificate") }, {}, profile]).credentials?.kind,
    ).toBe("certificate");
  });

  it("leaves a profile's credentials to Apple when a flag chooses the mock server", () => {
    const target = text("mock", "--target");
    expect(mergeSettings([{ target }, {}, profile]).credentials).toBeUndefined();
    expect(mergeSettings([{}, {}, { ...profile, target }]).credentials?.kind).toBe("key");
    expect(mergeSettings([{ target, key: profile.key! }, {}, {}]).credentials?.kind).toBe("key");
  });

  it("refuses two credentials of one layer, and parts without effect", () => {
    const both = { key: file("k", "--key-file"), certificate: file("c", "--certificate") };
    expect(failureOf(() => mergeSettings([both]))).toMatchObject({ exitCode: 4 });
    const stray = { certificate: file("c", "--certificate"), keyId: text("x", "--key-id") };
    expect(failureOf(() => mergeSettings([stray])).message).toMatch(
      /--key-id goes with a key, but --certificate/,
    );
    expect(failureOf(() => variablesLayer({ APNSKIT_KEY: "a", APNSKIT_KEY_FILE: "b" }))).toMatchObject({
      exitCode: 4,
    });
  });

  it("reads profiles: paths beside the file, ~, env:NAME, and the only profile by itself", () => {
    const content = {
      profiles: { a: { keyFile: "keys/k.p8", certificateKey: "~/c.pem", topic: "env:TOPIC", ca: "env:CA" } },
    };
    const env = { HOME: "/home/x", TOPIC: "a.b", CA: "PEM" };
    const layer = profileLayer({ path: "/etc/apnskit/config.json", content }, undefined, env);
    expect(layer.key!.value).toEqual({ from: "file", path: "/etc/apnskit/keys/k.p8" });
    expect(layer.certificateKey!.value).toEqual({ from: "file", path: "/home/x/c.pem" });
    expect(layer.topic).toMatchObject({ value: "a.b", source: expect.stringContaining("TOPIC") });
    expect(layer.ca!.value).toEqual({ from: "text", text: "PEM" });
  });

  it.each([
    [{ profiles: { a: {}, b: {} } }, /several profiles \(a, b\)/],
    [{ profiles: {} }, /empty/],
    [{ profiles: [] }, /profiles must be a JSON object/],
    [[], /must be a JSON object/],
    [{ profiles: { a: { keyFile: "-----BEGIN PRIVATE KEY-----" } } }, /must be a path or env:NAME/],
    [{ profiles: { a: { key: "x" } } }, /"key" would be a secret/],
    [{ profiles: { a: { topic: 7 } } }, /"topic" must be text/],
    [{ profiles: { a: { proxy: "http://u:p@h" } } }, /must not hold a password/],
    [{ profile: "__proto__", profiles: { a: {} } }, /no such profile/],
  ])("refuses the configuration %j", (content, message) => {
    const failure = failureOf(() => profileLayer({ path: "config.json", content }, undefined, {}));
    expect(failure).toMatchObject({ exitCode: 2, message: expect.stringMatching(message) });
  });

  it.each([
    ["production", { environment: "production" }],
    ["development", { environment: "sandbox" }],
    [
      "https://api.push.apple.com:2197",
      { environment: "production", origin: "https://api.push.apple.com:2197" },
    ],
    ["https://push.example:8443/", { environment: "sandbox", origin: "https://push.example:8443" }],
  ])("reads the target %s", (value, target) => {
    const settings = mergeSettings([{ target: text(value, "--target") }]);
    expect(readTarget(settings, {})).toMatchObject(target);
  });

  it.each(["mock:0", "mock:70000", "mock:x", "http://a", "https://a/b", "https://u@a", "ftp://a", ""])(
    "refuses the target %j",
    (value) => {
      const settings = mergeSettings([{ target: text(value, "--target") }]);
      expect(failureOf(() => readTarget(settings, {}))).toMatchObject({ exitCode: 2 });
    },
  );

  it("refuses a password in --proxy without repeating it", () => {
    for (const proxy of ["http://u:hunter2@p", "u:hunter2@p"]) {
      const { message } = failureOf(() => flagsLayer({ proxy }));
      expect(message).toMatch(/APNSKIT_PROXY/);
      expect(message).not.toContain("hunter2");
    }
  });
});

function file2(source: string): Layer {
  return { certificate: file("p.pem", source), certificateKey: file("p-key.pem", source) };
}
