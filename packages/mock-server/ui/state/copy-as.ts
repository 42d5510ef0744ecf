import type { LedgerEntry } from "../../src/ledger/ledger-entry.ts";
import { alertTexts, plain } from "./alert-text.ts";
import { apsOf, type Payload, topOf } from "./payload.ts";
import type { RequestDetail } from "./request-detail.ts";

/** What the server says about itself at `GET /`. */
export interface ServerFacts {
  readonly origin: string;
  readonly broadcastOrigin: string;
  readonly managementOrigin: string;
  readonly environment: "sandbox" | "production";
  readonly credentialFiles: { readonly ca?: string; readonly key?: string };
  readonly signingKey: { readonly keyId: string; readonly teamId: string };
}

/** Text to copy; `why` says why there is none. */
export type Copy = { readonly text: string } | { readonly why: string };

const CA_FILE = "apnskit-mock-ca.pem";
/** An id belongs to one request; the others say what the next one is to be like. */
const OWN_TO_A_REQUEST = ["apns-id", "apns-request-id"];
const SUFFIX = /\.(voip|voip-ptt|complication|location-query|pushkit\.fileprovider|push-type\.\w+)$/;

/** A curl line that sends the request again. @param control origin of the control endpoint */
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

/** The command `apnskit send` that sends the push again. */
export function apnskitSend(
  entry: LedgerEntry,
  payload: Payload,
  server: ServerFacts,
  control: string,
): Copy {
  if (entry.kind !== "push") return { why: "apnskit send is for pushes to a device." };
  if (payload.kind !== "json") return { why: "apnskit send takes a payload that is JSON." };
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
  const note =
    key === undefined ? "# The key is that of server.key in the program that started the server.\n" : "";
  return { text: `${note}${fetchCa}${lines.join(" \\\n  ")}` };
}

/** A file that `xcrun simctl push` takes, or that can be dropped onto a simulator. */
export function simulatorFile(entry: LedgerEntry, payload: Payload): Copy {
  const top = topOf(payload);
  if (entry.kind !== "push") return { why: "A simulator takes pushes to a device." };
  if (!top || !apsOf(payload)) return { why: "A simulator takes payloads with an aps object." };
  const bundle = (entry.topic ?? "com.example.app").replace(SUFFIX, "");
  return { text: `${JSON.stringify({ "Simulator Target Bundle": bundle, ...top }, null, 2)}\n` };
}

/** A test that expects this push of the program that it tests. */
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

/** JSON as JavaScript, with names unquoted where they may be. @param indent spaces of a level; 0 for one line */
export function literal(value: unknown, indent = 0): string {
  const json = JSON.stringify(value, null, indent) ?? "undefined";
  // In a literal of JavaScript this name would set the prototype.
  if (json.includes('"__proto__"')) return `JSON.parse(${literal(JSON.stringify(value))})`;
  const text = indent > 0 ? json.replaceAll("\n", "\n  ") : objectLiteral(value);
  // Both end a line, and are written out for the reader's sake.
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
 * A word for a POSIX shell that stands for exactly this text. Control characters, which could end what a terminal
 * takes for pasted text, are written as escapes (`$'…'`: bash, zsh, ksh and POSIX from 2024 on).
 */
export function quoted(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
  if (!/[\u0000-\u001f\u007f-\u009f]/.test(text)) {
    return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
  const escaped = text.replace(/[\\'\u0000-\u001f\u007f-\u009f]/g, (character) => {
    if (character === "\\" || character === "'") return `\\${character}`;
    const bytes = new TextEncoder().encode(character);
    // Three octal digits each: a digit that follows cannot be taken for a part of it.
    return [...bytes].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
  });
  return `$'${escaped}'`;
}

/** The reason why a copy cannot repeat the body; undefined if it can. */
function whyNotWhole({ bytes, payload }: LedgerEntry): string | undefined {
  if (bytes > 0 && payload === undefined) return "The server was told not to keep payloads.";
  if (new TextEncoder().encode(payload).length === bytes) return undefined;
  return "The ledger does not have the whole payload: it is longer than 8 KB, or not UTF-8.";
}

function originOf(entry: LedgerEntry, server: ServerFacts): string {
  if (entry.kind === "channel") return server.managementOrigin;
  return entry.kind === "broadcast" ? server.broadcastOrigin : server.origin;
}

function expirationWords(expiration: string): string {
  const seconds = Number(expiration);
  return seconds > 0 && seconds < 1e10 ? new Date(seconds * 1000).toISOString() : expiration;
}
