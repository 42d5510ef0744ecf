import { createHash, sign } from "node:crypto";

/**
 * `one`: one notification for all devices. `each`: a separate payload and header object for each device; every client
 * builds both while it is measured.
 */
export const WORKLOADS = ["one", "each"] as const;
export type WorkloadName = (typeof WORKLOADS)[number];

/** What a contender is given to send: the same for all of them, made from these few values in each process. */
export interface WorkloadOptions {
  /** Bytes of each payload, at least 64. */
  payloadBytes: number;
  workload: WorkloadName;
  /** How many distinct device tokens are used in turn. */
  tokens: number;
  /** P-256 key for provider tokens, PKCS #8 PEM: libraries that insist on signing sign with it. */
  signingKey: string;
}

export const TOPIC = "com.example.bench";
export const TEAM_ID = "TEAM123456";
export const KEY_ID = "KEY1234567";

const EMPTY_BODY = { aps: { alert: { title: "Benchmark", body: "" } } };
const SMALLEST_PAYLOAD = 64;

/** The headers of every notification; apns-priority is left out since 10 is the default and one peer omits it then. */
export function sharedHeaders(signingKey: string): Record<string, string> {
  return {
    authorization: `bearer ${providerToken(signingKey)}`,
    "apns-topic": TOPIC,
    "apns-push-type": "alert",
    "apns-expiration": "0",
  };
}

const NAMES = ["Ada", "Alan", "Barbara", "Dennis", "Donald", "Edsger", "Grace", "Hedy", "Katherine", "Radia"];
const NAME_LENGTH = 10;
const COUNTER_DIGITS = 9;

/** Makes payloads of exactly that many bytes, each with a name and a counter in its text. */
export function personalPayloads(bytes: number): (index: number) => ReturnType<typeof payload> {
  const { title, body } = payload(bytes).aps.alert;
  const rest = body.slice(NAME_LENGTH + COUNTER_DIGITS);
  if (rest.length === 0)
    throw new RangeError(`payload: ${bytes} bytes leave no room for a name and a counter`);
  return (index) => {
    const name = NAMES[index % NAMES.length]!.padEnd(NAME_LENGTH);
    const text = name + String(index).padStart(COUNTER_DIGITS, "0") + rest;
    return { aps: { alert: { title, body: text } } };
  };
}

/** A payload of exactly that many bytes. */
export function payload(bytes: number): typeof EMPTY_BODY {
  const missing = bytes - Buffer.byteLength(JSON.stringify(EMPTY_BODY));
  if (!Number.isInteger(bytes) || bytes < SMALLEST_PAYLOAD || missing < 0) {
    throw new RangeError(`payload: expected an integer of at least ${SMALLEST_PAYLOAD} bytes, got ${bytes}`);
  }
  const text = "Wakey-wakey, rise and shine. ".repeat(Math.ceil(missing / 29)).slice(0, missing);
  return { aps: { alert: { ...EMPTY_BODY.aps.alert, body: text } } };
}

/** Device tokens as iOS has them: 32 bytes in hexadecimal. The same list in every process. */
export function deviceTokens(count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    createHash("sha256").update(String(index)).digest("hex"),
  );
}

export function devicePath(token: string): string {
  return `/3/device/${token}`;
}

/** A provider token as APNs takes them (RFC 7519, ES256), so that the authorization header has its usual length. */
function providerToken(key: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const unsigned = `${part({ alg: "ES256", kid: KEY_ID })}.${part({ iss: TEAM_ID, iat: Math.floor(Date.now() / 1000) })}`;
  const signature = sign("sha256", Buffer.from(unsigned), { key, dsaEncoding: "ieee-p1363" });
  return `${unsigned}.${signature.toString("base64url")}`;
}

/** Everything that a contender sends, made once before anything is measured. */
export interface Workload {
  tokens: readonly string[];
  headers: Readonly<Record<string, string>>;
  payload: ReturnType<typeof payload>;
  /** The payload as it goes on the wire. */
  body: Buffer;
  /** The payload of the index-th notification in `each`, a new object. */
  payloadOf(index: number): ReturnType<typeof payload>;
  /** The headers in a new object, for `each`. */
  headersOf(): Record<string, string>;
}

export function workload(options: WorkloadOptions): Workload {
  const content = payload(options.payloadBytes);
  const headers = sharedHeaders(options.signingKey);
  return {
    tokens: deviceTokens(options.tokens),
    headers,
    payload: content,
    body: Buffer.from(JSON.stringify(content)),
    payloadOf: options.workload === "each" ? personalPayloads(options.payloadBytes) : () => content,
    headersOf: () => ({ ...headers }),
  };
}
