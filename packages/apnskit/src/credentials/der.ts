/** Bytes that are not ASN.1, or not the expected structure. The message never contains any of them. */
export class MalformedDer extends Error {}

/** One ASN.1 element. */
export interface Element {
  /** The identifier octet: class, "constructed" and tag number (X.690 §8.1.2). */
  readonly tag: number;
  /** The contents octets. */
  readonly content: Buffer;
  /** Identifier, length and contents. */
  readonly raw: Buffer;
}

/** Identifier octets of the universal types that credentials are made of (X.680 §8.4). */
export const TAG = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
} as const;

/** Bounds for one file, each far above those of real keys and certificates. */
const MAX_DEPTH = 16;
const MAX_CHILDREN = 1_000;
const CONSTRUCTED = 0x20;

/**
 * Reads the element at `at`, but nothing inside it. PKCS#12 allows BER (RFC 7292 §3.1), so an indefinite
 * length is accepted.
 *
 * @throws MalformedDer
 */
export function readElement(bytes: Buffer, at = 0): Element {
  const { tag, start, length } = readHeader(bytes, at);
  if (length !== undefined) {
    const end = start + length;
    if (end > bytes.length) {
      throw new MalformedDer(`it is cut off: ${bytes.length - at} of ${end - at} bytes are there`);
    }
    return { tag, content: bytes.subarray(start, end), raw: bytes.subarray(at, end) };
  }
  const end = endOfIndefinite(bytes, start);
  return { tag, content: bytes.subarray(start, end - 2), raw: bytes.subarray(at, end) };
}

/** The elements inside a constructed one. @throws MalformedDer for no element, or more than 1,000 elements */
export function children(element: Element | undefined): Element[] {
  if (element === undefined || (element.tag & CONSTRUCTED) === 0)
    throw new MalformedDer("an element is missing");
  const { content } = element;
  const found: Element[] = [];
  for (let at = 0; at < content.length; ) {
    if (found.length === MAX_CHILDREN)
      throw new MalformedDer(`it has over ${MAX_CHILDREN} elements in one list`);
    const child = readElement(content, at);
    found.push(child);
    at += child.raw.length;
  }
  return found;
}

/** The elements inside a SEQUENCE. @throws MalformedDer */
export function sequence(element: Element | undefined): Element[] {
  return children(expect(element, TAG.sequence));
}

/** @throws MalformedDer for an element that is missing or of another type */
export function expect(element: Element | undefined, tag: number): Element {
  if (element?.tag !== tag) throw new MalformedDer("an element is missing or of another type");
  return element;
}

/**
 * An OCTET STRING, or its equivalent with an implicit tag; BER may split it into pieces (X.690 §8.7.3).
 *
 * @throws MalformedDer
 */
export function octets(element: Element | undefined, tag: number = TAG.octetString): Buffer {
  if (element?.tag === tag) return element.content;
  return Buffer.concat(children(expect(element, tag | CONSTRUCTED)).map((piece) => octets(piece)));
}

/** A number from 0. @throws MalformedDer for a negative number or one above 2⁴⁸ */
export function integer(element: Element | undefined): number {
  const { content } = expect(element, TAG.integer);
  const digits = content[0] === 0 ? content.subarray(1) : content;
  const negative = ((content[0] ?? 0x80) & 0x80) !== 0;
  if (negative || digits.length > 6) throw new MalformedDer("a number is out of range");
  return digits.length === 0 ? 0 : digits.readUIntBE(0, digits.length);
}

/** An object identifier in dotted form (X.690 §8.19). @throws MalformedDer */
export function oid(element: Element | undefined): string {
  const { content } = expect(element, TAG.oid);
  if (content.length > 64) throw new MalformedDer("an object identifier is too long");
  const arcs: number[] = [];
  let arc = 0;
  for (const octet of content) {
    arc = arc * 128 + (octet & 0x7f);
    if (octet & 0x80) continue;
    if (arcs.length === 0)
      arcs.push(Math.min(2, Math.floor(arc / 40)), arc - 40 * Math.min(2, Math.floor(arc / 40)));
    else arcs.push(arc);
    arc = 0;
  }
  return arcs.join(".");
}

/** The text of any ASN.1 string type whose letters are ASCII or UTF-8. */
export function text(element: Element | undefined): string {
  return element?.content.toString("utf8") ?? "";
}

function readHeader(bytes: Buffer, at: number): { tag: number; start: number; length: number | undefined } {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) throw new MalformedDer("it is cut off");
  if ((tag & 0x1f) === 0x1f) throw new MalformedDer("it is not ASN.1");
  if (first < 0x80) return { tag, start: at + 2, length: first };
  const size = first & 0x7f;
  if (size === 0) {
    if ((tag & CONSTRUCTED) === 0) throw new MalformedDer("it is not ASN.1");
    return { tag, start: at + 2, length: undefined };
  }
  if (size > 4) throw new MalformedDer("it is not ASN.1");
  if (at + 2 + size > bytes.length) throw new MalformedDer("it is cut off");
  return { tag, start: at + 2 + size, length: bytes.readUIntBE(at + 2, size) };
}

/** Two zero octets end an indefinite length (X.690 §8.1.5). Returns the offset behind them. */
function endOfIndefinite(bytes: Buffer, start: number): number {
  let depth = 1;
  for (let at = start; ; ) {
    if (bytes[at] === 0 && bytes[at + 1] === 0) {
      at += 2;
      if (--depth === 0) return at;
      continue;
    }
    const { start: inside, length } = readHeader(bytes, at);
    at = inside + (length ?? 0);
    if (length === undefined && ++depth > MAX_DEPTH) throw new MalformedDer("it is nested too deeply");
  }
}
