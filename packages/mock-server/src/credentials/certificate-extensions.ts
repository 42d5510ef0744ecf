import { InvalidMockCredentials } from "../errors.ts";
import { elements, encode, NULL, SEQUENCE, sequence, UTF8_STRING, utf8String } from "./der.ts";

/** The two separate environments of APNs. Each has its own device tokens and channels. */
export type ApnsEnvironment = "sandbox" | "production";

/** A topic of a client certificate, and its purposes. */
export interface CertificateTopic {
  /** Bundle id, with its suffix if it has one. */
  topic: string;
  /** For example `app`, `voip`, `complication`; the server ignores them. */
  purposes: readonly string[];
}

/** Object identifiers of Apple's extensions in APNs client certificates. */
export const SANDBOX_OID = "1.2.840.113635.100.6.3.1";
export const PRODUCTION_OID = "1.2.840.113635.100.6.3.2";
export const TOPICS_OID = "1.2.840.113635.100.6.3.6";

/**
 * The extensions (object identifier, DER value) of an APNs client certificate for topics and environments.
 */
export function apnsExtensions(options: {
  topics: readonly CertificateTopic[];
  environments: readonly ApnsEnvironment[];
}): { oid: string; value: Uint8Array }[] {
  const present = encode(NULL, new Uint8Array());
  const extensions: { oid: string; value: Uint8Array }[] = [];
  if (options.environments.includes("sandbox")) extensions.push({ oid: SANDBOX_OID, value: present });
  if (options.environments.includes("production")) extensions.push({ oid: PRODUCTION_OID, value: present });
  if (options.topics.length > 0) extensions.push({ oid: TOPICS_OID, value: encodeTopics(options.topics) });
  return extensions;
}

/** Topics and lists of purposes alternate in one SEQUENCE. */
export function encodeTopics(topics: readonly CertificateTopic[]): Uint8Array {
  return sequence(
    topics.flatMap(({ topic, purposes }) => [utf8String(topic), sequence(purposes.map(utf8String))]),
  );
}

/**
 * Reads the topics extension.
 *
 * @throws InvalidMockCredentials if the bytes have another form
 */
export function decodeTopics(der: Uint8Array): CertificateTopic[] {
  const [list] = elements(der);
  if (list?.tag !== SEQUENCE) throw new InvalidMockCredentials("The topics extension must be a SEQUENCE");
  const topics: CertificateTopic[] = [];
  for (const { tag, value } of elements(list.value)) {
    const last = topics.at(-1);
    if (tag === UTF8_STRING) topics.push({ topic: Buffer.from(value).toString(), purposes: [] });
    else if (tag === SEQUENCE && last) {
      last.purposes = elements(value).map((purpose) => Buffer.from(purpose.value).toString());
    } else throw new InvalidMockCredentials(`Unexpected tag ${tag} in the topics extension`);
  }
  return topics;
}
