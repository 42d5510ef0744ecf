import { children, type Element, octets, oid, readElement, sequence, TAG, text } from "./der.ts";

/** The environment of device tokens; each has separate hosts. */
export type Environment = "production" | "sandbox";

/** One topic of a certificate and the purposes that Apple lists for it (`app`, `voip`, `complication` …). */
export interface CertificateTopic {
  /** As in `apns-topic`, with the suffix. */
  readonly topic: string;
  /** As the certificate spells them; empty if it lists none. */
  readonly purposes: readonly string[];
}

/** The parts of a certificate that `node:crypto` does not expose. */
export interface ApnsExtensions {
  /** The subject's UID: the bundle identifier, or the MDM, pass type or website identifier. */
  readonly uid: string | undefined;
  /** Empty when the certificate names no environment. */
  readonly environments: readonly Environment[];
  /** Absent when the certificate has no topic list. */
  readonly topics: readonly CertificateTopic[] | undefined;
  /** False if the extended key usage omits TLS clients (RFC 5280 §4.2.1.12). */
  readonly provesClients: boolean;
}

// Apple's object identifiers, as seen in its certificates; Apple does not document them.
const SANDBOX = "1.2.840.113635.100.6.3.1";
const PRODUCTION = "1.2.840.113635.100.6.3.2";
const TOPICS = "1.2.840.113635.100.6.3.6";
// RFC 4519 §2.39; RFC 5280 §4.2.1.12.
const UID = "0.9.2342.19200300.100.1.1";
const EXTENDED_KEY_USAGE = "2.5.29.37";
const ANY_USAGE = "2.5.29.37.0";
const CLIENT_USAGE = "1.3.6.1.5.5.7.3.2";
const EXTENSIONS = 0xa3;

/**
 * Reads Apple's extensions and the subject's UID.
 *
 * @param der the certificate (RFC 5280 §4.1)
 * @throws MalformedDer
 */
export function readApnsExtensions(der: Buffer): ApnsExtensions {
  const fields = sequence(sequence(readElement(der))[0]);
  const wrapped = fields.find(({ tag }) => tag === EXTENSIONS);
  const list = wrapped === undefined ? [] : sequence(children(wrapped)[0]);
  const extensions = new Map<string, Buffer>();
  for (const extension of list) {
    const parts = sequence(extension);
    extensions.set(oid(parts[0]), octets(parts.at(-1)));
  }
  const environments: Environment[] = [];
  if (extensions.has(PRODUCTION)) environments.push("production");
  if (extensions.has(SANDBOX)) environments.push("sandbox");
  const topics = extensions.get(TOPICS);
  const usages = extensions.get(EXTENDED_KEY_USAGE);
  return {
    uid: subjectUid(fields),
    environments,
    topics: topics === undefined ? undefined : readTopics(topics),
    provesClients: usages === undefined || includesClients(usages),
  };
}

/** The subject follows the validity, the only sequence of two times. */
function subjectUid(fields: readonly Element[]): string | undefined {
  const validity = fields.findIndex((field) => {
    if (field.tag !== TAG.sequence) return false;
    const first = sequence(field)[0]?.tag;
    return first === TAG.utcTime || first === TAG.generalizedTime;
  });
  for (const names of sequence(fields[validity + 1])) {
    for (const name of children(names)) {
      const [type, value] = sequence(name);
      if (oid(type) === UID) return text(value);
    }
  }
  return undefined;
}

/** Topics and purposes alternate: `SEQUENCE { UTF8String, SEQUENCE { UTF8String … }, … }`. */
function readTopics(list: Buffer): CertificateTopic[] {
  const topics: { topic: string; purposes: string[] }[] = [];
  for (const entry of sequence(readElement(list))) {
    if (entry.tag === TAG.sequence) topics.at(-1)?.purposes.push(...sequence(entry).map(text));
    else topics.push({ topic: text(entry), purposes: [] });
  }
  return topics;
}

function includesClients(usages: Buffer): boolean {
  return sequence(readElement(usages)).some((usage) => [CLIENT_USAGE, ANY_USAGE].includes(oid(usage)));
}
