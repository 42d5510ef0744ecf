import forge from "node-forge";

const { asn1 } = forge;
type Node = forge.asn1.Asn1;

/** Where a device's tokens come from; each environment has its own hosts. */
export type Environment = "production" | "sandbox";

/** One topic of a certificate and what Apple lists it for (`app`, `voip`, `complication` …). */
export interface CertificateTopic {
  /** As it stands in `apns-topic`, with the suffix. */
  readonly topic: string;
  /** As the certificate spells them; empty when it lists none. */
  readonly purposes: readonly string[];
}

/** What only an APNs client certificate says. */
export interface ApnsExtensions {
  /** The subject's UID: the bundle identifier, or the MDM, pass type or website identifier. */
  readonly uid: string | undefined;
  /** Empty when the certificate names no environment. */
  readonly environments: readonly Environment[];
  /** Absent when the certificate has no topic list. */
  readonly topics: readonly CertificateTopic[] | undefined;
}

// Apple's object identifiers, as seen in its certificates; none is documented.
const SANDBOX = "1.2.840.113635.100.6.3.1";
const PRODUCTION = "1.2.840.113635.100.6.3.2";
const TOPICS = "1.2.840.113635.100.6.3.6";
const UID = "0.9.2342.19200300.100.1.1";

/**
 * Reads Apple's extensions and the subject's UID.
 *
 * @param der the certificate (RFC 5280 §4.1)
 */
export function readApnsExtensions(der: Buffer): ApnsExtensions {
  const certificate = asn1.fromDer(der.toString("latin1"));
  const fields = children(children(certificate)[0]);
  const extensions = new Map(
    fields
      .filter((field) => field.tagClass === asn1.Class.CONTEXT_SPECIFIC && (field.type as number) === 3)
      .flatMap((field) => children(children(field)[0]))
      .map((extension) => {
        const parts = children(extension);
        return [oid(parts[0]), parts.at(-1)] as const;
      }),
  );
  const environments: Environment[] = [];
  if (extensions.has(PRODUCTION)) environments.push("production");
  if (extensions.has(SANDBOX)) environments.push("sandbox");
  const list = extensions.get(TOPICS);
  return {
    uid: subjectUid(fields),
    environments,
    topics: list === undefined ? undefined : readTopics(asn1.fromDer(list.value as string)),
  };
}

/** The subject follows the validity, which alone is a sequence of two times. */
function subjectUid(fields: readonly Node[]): string | undefined {
  const isTime = (node: Node | undefined) =>
    node?.type === asn1.Type.UTCTIME || node?.type === asn1.Type.GENERALIZEDTIME;
  const validity = fields.findIndex((field) => isTime(children(field)[0]));
  for (const names of children(fields[validity + 1])) {
    for (const name of children(names)) {
      const [type, value] = children(name);
      if (oid(type) === UID) return text(value);
    }
  }
  return undefined;
}

/** Topics and their purposes take turns: `SEQUENCE { UTF8String, SEQUENCE { UTF8String … }, … }`. */
function readTopics(list: Node): CertificateTopic[] {
  const topics: { topic: string; purposes: string[] }[] = [];
  for (const entry of children(list)) {
    if (entry.type === asn1.Type.SEQUENCE) topics.at(-1)?.purposes.push(...children(entry).map(text));
    else topics.push({ topic: text(entry), purposes: [] });
  }
  return topics;
}

function children(node: Node | undefined): Node[] {
  return Array.isArray(node?.value) ? node.value : [];
}

function oid(node: Node | undefined): string {
  return node?.type === asn1.Type.OID ? asn1.derToOid(node.value as string) : "";
}

function text(node: Node | undefined): string {
  return typeof node?.value === "string" ? Buffer.from(node.value, "latin1").toString("utf8") : "";
}
