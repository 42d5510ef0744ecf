import { createPublicKey, type KeyObject, verify } from "node:crypto";
import type { ProviderToken } from "apnskit";
import type { Invocation } from "./definition.ts";
import { ExitCode } from "./exit-codes.ts";
import { badCredentials, usage } from "./failure.ts";
import type { SettingFlags } from "./options/setting-options.ts";
import { readAuth, withMockDefaults } from "./settings/credentials.ts";
import { loadSettings } from "./settings/load.ts";
import { materialAt, readMaterial } from "./settings/material.ts";
import type { Settings } from "./settings/settings.ts";

/** Options of `apnskit token`. */
export interface TokenFlags extends SettingFlags {
  readonly decode?: string | true;
}

/** APNs accepts a token for one hour ("Establishing a token-based connection to APNs"). */
const LIFE = 60 * 60_000;

/** Runs `apnskit token`. */
export async function token(invocation: Invocation<TokenFlags>): Promise<ExitCode> {
  const { options, output, env } = invocation;
  const given = withMockDefaults(loadSettings(invocation, { "--decode": String(options.decode) }), env);
  // Ignores a certificate of the environment or the profile, because a token needs a key.
  const settings = given.credentials?.kind === "key" ? given : { ...given, credentials: undefined };
  if (typeof options.decode === "string") return decodeFile(invocation, settings, options.decode);
  const provider = (await readAuth(settings.credentials)) as ProviderToken;
  const bearer = provider.current();
  const jwt = bearer.authorization.slice("bearer ".length);
  if (options.decode) return show(invocation, jwt, undefined);
  const age = Math.max(0, Date.now() - bearer.issuedAt.getTime());
  output.result({ token: jwt, issuedAt: bearer.issuedAt, age }, () => jwt);
  output.note(`${ageText(age)}; key ${provider.keyId}, team ${provider.teamId}`);
  return ExitCode.accepted;
}

async function decodeFile(
  invocation: Invocation<TokenFlags>,
  settings: Settings,
  path: string,
): Promise<ExitCode> {
  const text = readMaterial(materialAt(path), "--decode").toString("latin1");
  const jwt = text
    .trim()
    .replace(/^authorization:\s*/i, "")
    .replace(/^bearer\s+/i, "");
  const { credentials } = settings;
  let key: KeyObject | undefined;
  if (credentials?.kind === "key") {
    const { value, source } = credentials.key;
    try {
      key = createPublicKey(readMaterial(value, source, badCredentials));
    } catch (error) {
      throw badCredentials(`${source}: not a key that can be read`, { cause: error });
    }
  }
  return show(invocation, jwt, key);
}

function show({ output }: Invocation<TokenFlags>, jwt: string, key: KeyObject | undefined): ExitCode {
  const { header, claims, signed, signature } = decode(jwt);
  const issued = Number(claims.iat) * 1000;
  const age = Number.isFinite(issued) ? Date.now() - issued : undefined;
  const valid = age !== undefined && age >= -LIFE && age < LIFE;
  const genuine =
    key === undefined
      ? undefined
      : verify("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" }, signature);
  const record = {
    header,
    claims,
    age,
    valid,
    ...(genuine !== undefined && { signatureMatchesKey: genuine }),
  };
  output.result(record, () => {
    const lines = [`header   ${JSON.stringify(header)}`, `claims   ${JSON.stringify(claims)}`];
    lines.push(`age      ${age === undefined ? "unknown: the token has no iat" : ageText(age)}`);
    if (genuine !== undefined) lines.push(`signed   ${genuine ? "by this key" : "by another key"}`);
    return lines.join("\n");
  });
  return valid && genuine !== false ? ExitCode.accepted : ExitCode.credentials;
}

interface Decoded {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly signed: string;
  readonly signature: Buffer;
}

function decode(jwt: string): Decoded {
  const [header, claims, signature, more] = jwt.split(".");
  try {
    if (!header || !claims || !signature || more !== undefined) throw new TypeError();
    const part = (text: string) => {
      const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
      if (typeof value !== "object" || value === null) throw new TypeError();
      return value as Readonly<Record<string, unknown>>;
    };
    return {
      header: part(header),
      claims: part(claims),
      signed: `${header}.${claims}`,
      signature: Buffer.from(signature, "base64url"),
    };
  } catch (error) {
    throw usage("--decode: the file is not a JSON Web Token (three parts in base64url)", { cause: error });
  }
}

function ageText(age: number): string {
  const minutes = Math.floor(Math.abs(age) / 60_000);
  if (age < -1000) return `issued ${minutes} min in the future`;
  const left = Math.floor((LIFE - age) / 60_000);
  return left > 0 ? `${minutes} min old, valid for ${left} min more` : `${minutes} min old, expired`;
}
