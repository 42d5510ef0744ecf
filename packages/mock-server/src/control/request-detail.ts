import type { MockApns } from "../mock-apns.ts";

/** Headers whose values would let a reader push: the page shows their contents, but not the values. */
const SECRET = new Set(["authorization", "cookie", "proxy-authorization"]);

/** All details of one request; undefined if the ledger does not keep it. */
export function requestDetail(server: MockApns, id: number): object | undefined {
  const entry = server.ledger.get(id);
  const raw = server.ledger.headers(id);
  if (!entry || !raw) return undefined;
  const headers: [name: string, value: string][] = [];
  let authorization: string | undefined;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at]!.toLowerCase();
    const value = Buffer.from(raw[at + 1]!, "latin1").toString();
    if (name === "authorization") authorization ??= value;
    headers.push([name, SECRET.has(name) ? `(${value.length} characters, cut out)` : value]);
  }
  return {
    entry,
    headers,
    providerToken: authorization === undefined ? undefined : claimsOf(authorization),
    connection: server.connectionRecord(entry.connection),
  };
}

/** The claims of a provider token, valid or not; undefined if it has none. */
function claimsOf(authorization: string): object | undefined {
  const [header, claims] = authorization.replace(/^bearer +/i, "").split(".");
  const head = jsonObject(header);
  const body = jsonObject(claims);
  if (!head && !body) return undefined;
  return {
    keyId: textOf(head?.kid),
    teamId: textOf(body?.iss),
    issuedAt: Number.isFinite(Number(body?.iat)) && body?.iat !== null ? Number(body?.iat) : undefined,
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value.slice(0, 200) : undefined;
}

function jsonObject(base64url: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64url ?? "", "base64url").toString());
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
