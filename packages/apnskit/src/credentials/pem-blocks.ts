import { MalformedDer, readElement } from "./der.ts";

/** One block of a PEM text (RFC 7468), or DER without any text around it. */
export interface Block {
  /** The text between BEGIN and the dashes, without blanks: `PRIVATEKEY`; empty for bare DER. */
  readonly label: string;
  /** The decoded content; `undefined` for a block that cannot be decoded. */
  readonly der: Buffer | undefined;
  /** Why there is no `der`; contains none of the text. */
  readonly problem: string | undefined;
  /** OpenSSL's old encryption: the text of a block with `DEK-Info` (RFC 1421 §4.6.1.3), its lines restored. */
  readonly encrypted: string | undefined;
}

const BEGIN = "-----BEGIN";
const END = "-----END";
const DASHES = "-----";
const LONGEST_LABEL = 40;
/** Octets of the initialisation vector, by the cipher's name. */
const IV_SIZES: readonly (readonly [string, number])[] = [
  ["DES-", 8],
  ["AES-", 16],
  ["CAMELLIA-", 16],
];

/**
 * Finds the blocks of a PEM text and skips the text around them. Ignores line breaks, blanks and quotes
 * inside them. The time is linear in the length of the text.
 */
export function pemBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  let begin = text.indexOf(BEGIN);
  let end = 0;
  while (begin >= 0) {
    const labelled = readLabel(text, begin + BEGIN.length);
    const next = text.indexOf(BEGIN, labelled.end);
    // Searched anew only when it is passed. Otherwise each of many BEGIN lines would cost a search of the
    // whole text.
    if (end < labelled.end) end = text.indexOf(END, labelled.end);
    // A mention of BEGIN in a sentence has no matching END.
    if (labelled.label !== undefined && (end < 0 || (next >= 0 && next < end))) {
      blocks.push(broken(labelled.label, "its END line is missing"));
    } else if (labelled.label !== undefined) {
      blocks.push(
        readBlock(labelled.label, text.slice(labelled.end, end), readLabel(text, end + END.length).label),
      );
    }
    if (end < 0) break;
    begin = next;
  }
  return blocks;
}

/** A block of DER without label. */
export function bareBlock(der: Buffer): Block {
  return { label: "", der, problem: undefined, encrypted: undefined };
}

/** The octets of base64 text, in either alphabet (RFC 4648 §4 and §5); `undefined` for any other text. */
export function decodeBase64(text: string): Buffer | undefined {
  const compact = text.replace(/[\s"'`,>|]+/g, "");
  return /^[\w+/-]+={0,2}$/.test(compact) ? Buffer.from(compact, "base64") : undefined;
}

/** Whether this is one complete ASN.1 SEQUENCE; line breaks and zeros may follow. */
export function isDer(bytes: Buffer): boolean {
  if (bytes[0] !== 0x30) return false;
  try {
    const { raw } = readElement(bytes);
    return bytes.subarray(raw.length).every((octet) => octet === 0 || octet === 10 || octet === 13);
  } catch (error) {
    if (error instanceof MalformedDer) return false;
    throw error;
  }
}

/** The label from `at` to the next dashes; none if the text only mentions BEGIN or END. */
function readLabel(text: string, at: number): { label: string | undefined; end: number } {
  const close = text.slice(at, at + LONGEST_LABEL + DASHES.length).indexOf(DASHES);
  const label = text.slice(at, at + Math.max(0, close)).replace(/\s+/g, "");
  const end = at + close + DASHES.length;
  if (!/^[A-Z0-9]+$/.test(label) || text.startsWith("BEGIN", end)) return { label: undefined, end: at };
  return { label, end };
}

function readBlock(label: string, inside: string, endLabel: string | undefined): Block {
  if (endLabel !== label) return broken(label, "its END line is another than its BEGIN line");
  if (inside.includes("Proc-Type")) return readEncrypted(label, inside);
  const bytes = decodeBase64(inside);
  if (bytes === undefined) {
    return broken(label, inside.trim() === "" ? "it is empty" : "it has characters that are not base64");
  }
  try {
    const { raw } = readElement(bytes);
    // The rest of a TRUSTED CERTIFICATE is OpenSSL's own format.
    if (raw.length === bytes.length || label === "TRUSTEDCERTIFICATE") {
      return { label, der: raw, problem: undefined, encrypted: undefined };
    }
    return broken(label, `${bytes.length - raw.length} bytes follow its end`);
  } catch (error) {
    if (error instanceof MalformedDer) return broken(label, error.message);
    throw error;
  }
}

/** `Proc-Type: 4,ENCRYPTED`, `DEK-Info: CIPHER,IV`, then base64; all line breaks may be gone. */
function readEncrypted(label: string, inside: string): Block {
  const compact = inside.replace(/[\s"'`>|]+/g, "");
  const head = compact.indexOf("DEK-Info:");
  const comma = compact.indexOf(",", head);
  const cipher = head < 0 || comma < 0 ? "" : compact.slice(head + "DEK-Info:".length, comma);
  const size = IV_SIZES.find(([name]) => cipher.startsWith(name))?.[1];
  if (size === undefined || !/^[A-Z0-9-]{1,20}$/.test(cipher)) {
    return broken(label, "it is encrypted in a way that is not supported");
  }
  const iv = compact.slice(comma + 1, comma + 1 + size * 2);
  const body = decodeBase64(compact.slice(comma + 1 + size * 2));
  if (body === undefined) return broken(label, "it has characters that are not base64");
  const name = label.replace("PRIVATEKEY", " PRIVATE KEY").trim();
  const lines = body.toString("base64").match(/.{1,64}/g) ?? [];
  const head2 = [`-----BEGIN ${name}-----`, "Proc-Type: 4,ENCRYPTED", `DEK-Info: ${cipher},${iv}`, ""];
  const encrypted = [...head2, ...lines, `-----END ${name}-----`, ""].join("\n");
  return { label, der: undefined, problem: undefined, encrypted };
}

function broken(label: string, problem: string): Block {
  return { label, der: undefined, problem, encrypted: undefined };
}
