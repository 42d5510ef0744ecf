import { createHash, sign } from "node:crypto";

/**
 * `one`: one notification for all devices. `each`: a separate payload and header object for each device; every client
 * builds both while it is measured.
 */
export const WORKLOADS = ["one", "each"] as const;
export type WorkloadName = (typeof WORKLOADS)[number];

/** The workload of a contender. Each process builds the same workload from these values. */
export interface WorkloadOptions {
  /** Bytes of each payload, at least 64. */
  payloadBytes: number;
  workload: WorkloadName;
  /** Number of distinct device tokens, used in turn. */
  tokens: number;
  /** P-256 key for provider tokens, PKCS #8 PEM. Libraries that always sign use this key. */
  signingKey: string;
}

export const TOPIC = "com.example.bench";
export const TEAM_ID = "TEAM123456";
export const KEY_ID = "KEY1234567";

const EMPTY_BODY = { aps: { alert: { title: "Benchmark", body: "" } } };
const SMALLEST_PAYLOAD = 64;

/**
 * The headers of every notification. They omit apns-priority, because one of the clients omits the default
 * 10.
 */
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

/** Makes payloads of exactly `bytes` bytes, each with a name and a counter in its text. */
export function personalPayloads(bytes: number): (index: number) => ReturnType<typeof payload> {
  const { title, body } = payload(bytes).aps.alert;
  const rest = body.slice(NAME_LENGTH + COUNTER_DIGITS);
  if (rest.length === 0)
    throw new RangeError(`payload: ${bytes} bytes have no room for a name and a counter`);
  return (index) => {
    const name = NAMES[index % NAMES.length]!.padEnd(NAME_LENGTH);
    const text = name + String(index).padStart(COUNTER_DIGITS, "0") + rest;
    return { aps: { alert: { title, body: text } } };
  };
}

/** A payload of exactly `bytes` bytes. */
export function payload(bytes: number): typeof EMPTY_BODY {
  const missing = bytes - Buffer.byteLength(JSON.stringify(EMPTY_BODY));
  if (!Number.isInteger(bytes) || bytes < SMALLEST_PAYLOAD || missing < 0) {
    throw new RangeError(
      `payload: expected an integer of at least ${SMALLEST_PAYLOAD} bytes; received ${bytes}`,
    );
  }
  const text = "Wakey-wakey, rise and shine. ".repeat(Math.ceil(missing / 29)).slice(0, missing);
  return { aps: { alert: { ...EMPTY_BODY.aps.alert, body: text } } };
}

/** Device tokens in the form of iOS: 32 bytes in hexadecimal. The list is the same in every process. */
export function deviceTokens(count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    createHash("sha256").update(String(index)).digest("hex"),
  );
}

export function devicePath(token: string): string {
  return `/3/device/${token}`;
}

/**
 * A provider token as APNs expects it (RFC 7519, ES256), so that the authorization header has its usual
 * length.
 */
function providerToken(key: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const unsigned = `${part({ alg: "ES256", kid: KEY_ID })}.${part({ iss: TEAM_ID, iat: Math.floor(Date.now() / 1000) })}`;
  const signature = sign("sha256", Buffer.from(unsigned), { key, dsaEncoding: "ieee-p1363" });
  return `${unsigned}.${signature.toString("base64url")}`;
}

/** Everything that a contender sends, built once before the measurement. */
export interface Workload {
  tokens: readonly string[];
  headers: Readonly<Record<string, string>>;
  payload: ReturnType<typeof payload>;
  /** The encoded payload. */
  body: Buffer;
  /** The payload of the notification at `index` in the workload `each`, as a new object. */
  payloadOf(index: number): ReturnType<typeof payload>;
  /** The headers as a new object, for the workload `each`. */
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
