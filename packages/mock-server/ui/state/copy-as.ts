import type { LedgerEntry } from "../../src/ledger/ledger-entry.ts";
import { alertTexts, plain } from "./alert-text.ts";
import { apsOf, type Payload, topOf } from "./payload.ts";
import type { RequestDetail } from "./request-detail.ts";

/** The server's description of itself at `GET /`. */
export interface ServerFacts {
  readonly origin: string;
  readonly broadcastOrigin: string;
  readonly managementOrigin: string;
  readonly environment: "sandbox" | "production";
  readonly credentialFiles: { readonly ca?: string; readonly key?: string };
  readonly signingKey: { readonly keyId: string; readonly teamId: string };
}

/** The text to copy, or the reason why there is no text. */
export type Copy = { readonly text: string } | { readonly why: string };

const CA_FILE = "apnskit-mock-ca.pem";
/** Headers that belong to one request. A repeated request must not reuse these ids. */
const OWN_TO_A_REQUEST = ["apns-id", "apns-request-id"];
const SUFFIX = /\.(voip|voip-ptt|complication|location-query|pushkit\.fileprovider|push-type\.\w+)$/;

/**
 * A curl command that repeats the request.
 * @param control origin of the control endpoint
 */
export function curl(entry: LedgerEntry, detail: RequestDetail, server: ServerFacts, control: string): Copy {
  const why = whyNotWhole(entry);
  if (why !== undefined) return { why };
  const hasBody = entry.bytes > 0;
  const headers = detail.headers.filter(
    ([name]) => (name.startsWith("apns-") || name === "content-type") && !OWN_TO_A_REQUEST.includes(name),
  );
  const { ca } = server.credentialFiles;
  const fetchCa = ca === undefined ? `curl -s ${control}/ca.pem -o ${CA_FILE} &&\n` : "";
  const lines = [
    "curl --http2 --globoff --path-as-is -i",
    `--cacert ${quoted(ca ?? CA_FILE)}`,
    // With a body curl sends POST, without a body GET.
    ...(entry.method === "POST" && hasBody ? [] : [`-X ${quoted(entry.method)}`]),
    `-H "authorization: bearer $(curl -s ${control}/provider-token.txt)"`,
    ...headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(hasBody ? [`--data-raw ${quoted(entry.payload!)}`] : []),
    quoted(`${originOf(entry, server)}${entry.path}`),
  ];
  return { text: `${fetchCa}${lines.join(" \\\n  ")}` };
}

/** An `apnskit send` command that repeats the push. */
export function apnskitSend(
  entry: LedgerEntry,
  payload: Payload,
  server: ServerFacts,
  control: string,
): Copy {
  if (entry.kind !== "push") return { why: "apnskit send only sends pushes to a device." };
  if (payload.kind !== "json") return { why: "apnskit send needs a JSON payload." };
  if (entry.token === "") return { why: "The request has no device token." };
  const why = whyNotWhole(entry);
  if (why !== undefined) return { why };
  const { ca, key } = server.credentialFiles;
  const { keyId, teamId } = server.signingKey;
  const lines = [
    `printf %s ${quoted(entry.payload!)} | apnskit send ${quoted(entry.token)} --payload -`,
    `--target ${quoted(server.origin)} --ca ${quoted(ca ?? CA_FILE)}`,
    `--key-file ${quoted(key ?? `AuthKey_${keyId}.p8`)} --key-id ${quoted(keyId)} --team-id ${quoted(teamId)}`,
    ...(entry.topic === undefined ? [] : [`--topic ${quoted(entry.topic.replace(SUFFIX, ""))}`]),
    ...(entry.pushType === undefined ? [] : [`--push-type ${quoted(entry.pushType)}`]),
    ...(entry.priority === undefined ? [] : [`--priority ${quoted(entry.priority)}`]),
    ...(entry.expiration === undefined ? [] : [`--expiration ${quoted(expirationWords(entry.expiration))}`]),
    ...(entry.collapseId === undefined ? [] : [`--collapse-id ${quoted(entry.collapseId)}`]),
  ];
  const fetchCa = ca === undefined ? `curl -s ${control}/ca.pem -o ${CA_FILE}\n` : "";
  const note = key === undefined ? "# The key is server.key in the program that started the server.\n" : "";
  return { text: `${note}${fetchCa}${lines.join(" \\\n  ")}` };
}

/** A file for `xcrun simctl push`, or to drop onto a simulator. */
export function simulatorFile(entry: LedgerEntry, payload: Payload): Copy {
  const top = topOf(payload);
  if (entry.kind !== "push") return { why: "A simulator takes pushes to a device." };
  if (!top || !apsOf(payload)) return { why: "A simulator takes payloads with an aps object." };
  const bundle = (entry.topic ?? "com.example.app").replace(SUFFIX, "");
  return { text: `${JSON.stringify({ "Simulator Target Bundle": bundle, ...top }, null, 2)}\n` };
}

/** A test that expects this push from the code under test. */
export function vitestTest(entry: LedgerEntry, payload: Payload): Copy {
  const title = plain(alertTexts(apsOf(payload)?.alert).title) || `a ${entry.pushType ?? entry.kind} request`;
  const query = literal({
    kind: entry.kind,
    ...(entry.token !== "" && { token: entry.token }),
    ...(entry.topic !== undefined && { topic: entry.topic }),
  });
  const expected = literal({
    ...(entry.pushType !== undefined && { pushType: entry.pushType }),
    ...(entry.priority !== undefined && { priority: entry.priority }),
    ...(entry.collapseId !== undefined && { collapseId: entry.collapseId }),
    ...(entry.status !== undefined && { status: entry.status }),
    ...(entry.reason !== undefined && { reason: entry.reason }),
    acted: entry.acted,
  });
  const body =
    payload.kind === "json"
      ? `  expect(JSON.parse(request!.payload!)).toEqual(${literal(payload.value, 2)});`
      : payload.kind === "not-kept" || whyNotWhole(entry) !== undefined
        ? `  expect(request!.bytes).toBe(${entry.bytes});`
        : `  expect(request!.payload).toBe(${literal(entry.payload ?? "")});`;
  return {
    text: `import { MockApns } from "@apnskit/mock-server";
import { expect, test } from "vitest";

test(${literal(`sends ${title}`)}, async () => {
  await using server = await MockApns.start();

  // Here the code under test sends to server.origin, with server.clientOptions and server.key.

  const [request] = await server.received(${query});
  expect(request).toMatchObject(${expected});
${body}
});
`,
  };
}

/**
 * JSON as JavaScript, with names unquoted where possible.
 * @param indent spaces per level; 0 for one line
 */
export function literal(value: unknown, indent = 0): string {
  const json = JSON.stringify(value, null, indent) ?? "undefined";
  // In a JavaScript literal, this name would set the prototype.
  if (json.includes('"__proto__"')) return `JSON.parse(${literal(JSON.stringify(value))})`;
  const text = indent > 0 ? json.replaceAll("\n", "\n  ") : objectLiteral(value);
  // Both characters end a line, so escapes keep the text readable.
  return text.replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}

function objectLiteral(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(objectLiteral).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "undefined";
  const fields = Object.entries(value).map(([name, each]) => {
    const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
    return `${key}: ${objectLiteral(each)}`;
  });
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
}

/**
 * A POSIX shell word for exactly this text. It escapes control characters, because they could end pasted text
 * early in a terminal (`$'…'`: bash, zsh, ksh, and POSIX since 2024).
 */
export function quoted(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression looks for them
  if (!/[\u0000-\u001f\u007f-\u009f]/.test(text)) {
    return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression looks for them
  const escaped = text.replace(/[\\'\u0000-\u001f\u007f-\u009f]/g, (character) => {
    if (character === "\\" || character === "'") return `\\${character}`;
    const bytes = new TextEncoder().encode(character);
    // Always three octal digits, so that a following digit cannot become part of the escape.
    return [...bytes].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
  });
  return `$'${escaped}'`;
}

/** The reason why a copy cannot repeat the body; undefined if it can. */
function whyNotWhole({ bytes, payload }: LedgerEntry): string | undefined {
  if (bytes > 0 && payload === undefined) return "The server is set not to keep payloads.";
  if (new TextEncoder().encode(payload).length === bytes) return undefined;
  return "The ledger does not have the whole payload: the payload is longer than 8 KB, or is not UTF-8.";
}

function originOf(entry: LedgerEntry, server: ServerFacts): string {
  if (entry.kind === "channel") return server.managementOrigin;
  return entry.kind === "broadcast" ? server.broadcastOrigin : server.origin;
}

function expirationWords(expiration: string): string {
  const seconds = Number(expiration);
  return seconds > 0 && seconds < 1e10 ? new Date(seconds * 1000).toISOString() : expiration;
}
