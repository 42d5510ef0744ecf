import { createPrivateKey, X509Certificate } from "node:crypto";
import {
  chmod,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keptAuthority, keptClientCertificate, keptProviderKey } from "../src/command/kept-credentials.ts";
import { PKCS12_PASSWORD } from "../src/command/pkcs12.ts";
import { PrivateDirectory } from "../src/command/private-directory.ts";
import { TemporaryDirectory } from "../src/command/temporary-directory.ts";
import { CertificateAuthority, CertificateDirectoryError } from "../src/index.ts";

let path: string;

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), "apnskit-private-"));
});

afterEach(async () => {
  await rm(path, { recursive: true });
});

const IDS = { keyId: "KEY", teamId: "TEAM" };
const WANT = { topic: "com.example.app", environment: "sandbox" as const };
const read = (name: string) => readFile(join(path, name), "utf8");
const mode = async (name: string) => (await stat(join(path, name))).mode & 0o777;

/** Everything that the command keeps. */
async function keep(want: { topic: string | undefined; environment: "sandbox" | "production" } = WANT) {
  const directory = await PrivateDirectory.open(path);
  const authority = await keptAuthority(directory);
  const { key } = await keptProviderKey(directory, IDS);
  const client = await keptClientCertificate(directory, authority, want);
  return { authority, key, client };
}

const NAMES = [
  "AuthKey_KEY.p8",
  "ca-key.pem",
  "ca.pem",
  "client-combined.pem",
  "client-key.pem",
  "client.p12",
  "client.pem",
];

async function snapshot(): Promise<Record<string, string>> {
  const entries = await Promise.all(
    NAMES.map(async (name) => [name, (await readFile(join(path, name))).toString("hex")]),
  );
  return Object.fromEntries(entries);
}

describe("a directory for keys", () => {
  test("is made for its owner alone, and so are the keys in it", async () => {
    path = join(path, "new");
    await keep();
    expect(await mode(".")).toBe(0o700);
    for (const name of NAMES) {
      expect(await mode(name), name).toBe(name === "ca.pem" || name === "client.pem" ? 0o644 : 0o600);
    }
    path = join(path, "..");
  });

  test("is refused if others can write to it", async () => {
    for (const bad of [0o777, 0o770, 0o707, 0o1777]) {
      await chmod(path, bad);
      const opened = PrivateDirectory.open(path);
      await expect(opened).rejects.toThrow(/Other users can write to .*; run chmod go-w on it/);
      await expect(opened).rejects.toMatchObject({ code: "ERR_APNS_MOCK_CERT_DIR", path });
    }
    expect(await readdir(path)).toEqual([]);
    await chmod(path, 0o755);
    await expect(PrivateDirectory.open(path)).resolves.toBeInstanceOf(PrivateDirectory);
  });

  test("is refused if it is a link or a file", async () => {
    await mkdir(join(path, "real"));
    await symlink(join(path, "real"), join(path, "link"));
    await writeFile(join(path, "file"), "");
    await expect(PrivateDirectory.open(join(path, "link"))).rejects.toThrow("is a link");
    await expect(PrivateDirectory.open(join(path, "file"))).rejects.toBeInstanceOf(CertificateDirectoryError);
    await expect(PrivateDirectory.open(join(path, "file", "below"))).rejects.toThrow("ENOTDIR");
  });

  test("is neither read nor written through links", async () => {
    const victim = join(path, "victim");
    await writeFile(victim, "precious", { mode: 0o644 });
    const directory = await PrivateDirectory.open(path);
    for (const name of ["ca-key.pem", "dangling.pem"]) {
      await symlink(name === "ca-key.pem" ? victim : join(path, "made-by-writing"), join(path, name));
      await expect(directory.read(name, "private")).rejects.toThrow("is a link, which is not followed");
      expect(await directory.create(name, "new", "private")).toBe(false);
      await expect(directory.replace(name, "new", "private")).rejects.toThrow("is a link");
    }
    expect(await read("victim")).toBe("precious");
    expect(await mode("victim")).toBe(0o644);
    await expect(lstat(join(path, "made-by-writing"))).rejects.toThrow("ENOENT");
    await expect(keep()).rejects.toThrow("is a link");
  });

  test("is not left through a hard link either: what is replaced is a new file", async () => {
    const directory = await PrivateDirectory.open(path);
    await directory.create("client.pem", "old", "private");
    await link(join(path, "client.pem"), join(path, "elsewhere"));
    await directory.replace("client.pem", "new", "private");
    expect([await read("client.pem"), await read("elsewhere")]).toEqual(["new", "old"]);
  });

  test("has the modes of its keys mended when they are read or written", async () => {
    await keep();
    for (const name of ["ca-key.pem", "AuthKey_KEY.p8", "client-key.pem"])
      await chmod(join(path, name), 0o644);
    await keep();
    for (const name of ["ca-key.pem", "AuthKey_KEY.p8", "client-key.pem"])
      expect(await mode(name)).toBe(0o600);
  });

  test("takes no directory, device or huge file for a key", async () => {
    const directory = await PrivateDirectory.open(path);
    await mkdir(join(path, "ca.pem"));
    await expect(keptAuthority(directory)).rejects.toBeInstanceOf(CertificateDirectoryError);
    await rm(join(path, "ca.pem"), { recursive: true });
    await writeFile(join(path, "ca.pem"), Buffer.alloc((1 << 20) + 1));
    await expect(keptAuthority(directory)).rejects.toThrow("longer than 1 MiB");
  });
});

describe("credentials on disk", () => {
  test("stay the same from run to run", async () => {
    const first = await keep();
    const before = await snapshot();
    const second = await keep();
    expect(await snapshot()).toEqual(before);
    expect(second.authority.certificate).toBe(first.authority.certificate);
    expect(second.key).toEqual(first.key);
    expect(second.client).toEqual(first.client);
  });

  test("are PEM files that end with a line end, and a PKCS #12 file that opens", async () => {
    const { client } = await keep();
    for (const name of NAMES.filter((each) => !each.endsWith(".p12")))
      expect(await read(name)).toMatch(/-----\n$/);
    expect(await read("client-combined.pem")).toBe(client.certificate.cert + client.certificate.key);
    const pfx = await readFile(join(path, "client.p12"));
    expect(() => createSecureContext({ pfx, passphrase: PKCS12_PASSWORD })).not.toThrow();
    expect(() => createSecureContext({ pfx, passphrase: "wrong" })).toThrow();
    const certificate = new X509Certificate(await read("client.pem"));
    expect(certificate.checkPrivateKey(createPrivateKey(await read("client-key.pem")))).toBe(true);
    expect(certificate.subject).toContain("com.example.app");
  });

  test.each([
    ["ca.pem", "ca-key.pem"],
    ["client.pem", "client-key.pem"],
  ])("are not made anew when one of %s and %s is missing", async (certificate, key) => {
    const authority = await CertificateAuthority.create();
    const own =
      certificate === "ca.pem"
        ? { cert: authority.certificate, key: authority.key }
        : await authority.issue();
    for (const [name, content, absent] of [
      [certificate, own.cert, key],
      [key, own.key, certificate],
    ] as const) {
      await writeFile(join(path, name), content);
      await expect(keep()).rejects.toThrow(`${absent} is missing in ${path}, where ${name} is`);
      expect(await read(name)).toBe(content);
      await rm(path, { recursive: true });
      await mkdir(path, { mode: 0o700 });
    }
  });

  test("get their ca.pem back from ca-key.pem, which holds the certificate, too", async () => {
    const { authority } = await keep();
    await rm(join(path, "ca.pem"));
    expect((await keep()).authority.certificate).toBe(authority.certificate);
    expect(await read("ca.pem")).toBe(authority.certificate);
  });

  test("may be an authority of the user's own, but not two halves of different ones", async () => {
    const [one, other] = await Promise.all([CertificateAuthority.create(), CertificateAuthority.create()]);
    await writeFile(join(path, "ca.pem"), one.certificate.trimEnd());
    await writeFile(join(path, "ca-key.pem"), one.key);
    expect((await keep()).authority.certificate).toBe(one.certificate);
    await writeFile(join(path, "ca-key.pem"), other.key);
    await expect(keep()).rejects.toThrow("The authority's key is not that of its certificate");
    await writeFile(join(path, "ca-key.pem"), "no key");
    const failure = await keep().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "ERR_APNS_MOCK_CERT_DIR", path: join(path, "ca-key.pem") });
    expect(await read("ca-key.pem")).toBe("no key");
  });

  test.each(["client.pem", "client-key.pem", "client-combined.pem", "client.p12"])(
    "never overwrite a foreign %s",
    async (name) => {
      const foreign = await (await CertificateAuthority.create()).issue({
        usage: "client",
        uid: "com.example.app",
      });
      const files: Record<string, string> = {
        "client.pem": foreign.cert,
        "client-key.pem": foreign.key,
        "client-combined.pem": foreign.cert + foreign.key,
        "client.p12": "a file of somebody else",
      };
      const pair = name === "client.pem" || name === "client-key.pem";
      const given = pair ? ["client.pem", "client-key.pem"] : [name];
      for (const each of given) await writeFile(join(path, each), files[each]!);
      await expect(keep()).rejects.toThrow(
        /was not made by apnskit-mock and is not overwritten; move it away/,
      );
      for (const each of given) expect(await read(each)).toBe(files[each]);
      const made = (await readdir(path)).filter((each) => each.startsWith("client"));
      expect(made.sort()).toEqual(given.sort());
    },
  );

  test("never overwrite a file of their own that was changed since", async () => {
    await keep();
    await writeFile(join(path, "client.pem"), "changed");
    await expect(keep()).rejects.toThrow("is not overwritten");
    expect(await read("client.pem")).toBe("changed");
  });

  test.each([
    ["another topic", { ...WANT, topic: "com.example.other" }],
    ["another environment", { ...WANT, environment: "production" as const }],
  ])("make a new client certificate for %s, in all its forms", async (_what, want) => {
    const before = await keep();
    const old = await snapshot();
    const after = await keep(want);
    expect(after.client.certificate.cert).not.toBe(before.client.certificate.cert);
    expect(await read("client.pem")).toBe(after.client.certificate.cert);
    expect(await read("client-key.pem")).toBe(after.client.certificate.key);
    const now = await snapshot();
    for (const name of NAMES) expect(now[name] === old[name], name).toBe(!name.startsWith("client"));
  });

  test("agree when several servers start on one empty directory", async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => keep()));
    const [first] = all;
    for (const each of all) {
      expect(each.authority.certificate).toBe(first!.authority.certificate);
      expect(each.authority.key).toBe(first!.authority.key);
      expect(each.key).toEqual(first!.key);
      expect(each.client.certificate).toEqual(first!.client.certificate);
    }
    expect((await readdir(path)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    const before = await snapshot();
    await keep();
    expect(await snapshot()).toEqual(before);
  });
});

test("a temporary directory goes away when told so, and with its process", async () => {
  const hooks = process.listenerCount("exit");
  const temporary = await TemporaryDirectory.create(path);
  expect((await stat(temporary.path)).mode & 0o777).toBe(0o700);
  expect(process.listenerCount("exit")).toBe(hooks + 1);
  await temporary.remove();
  expect(process.listenerCount("exit")).toBe(hooks);
  expect(await readdir(path)).toEqual([]);
});
