/** An ASN.1 element with a definite length (X.690 §8.1.3), for files that no tool writes. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(length);
  return Buffer.concat([Buffer.from([tag, 0x84]), size, content]);
}

/** The same element with an indefinite length (§8.1.3.6): BER, as some tools write PFX files. */
export function indefinite(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.from([tag, 0x80]), ...contents, Buffer.alloc(2)]);
}

export function integer(value: number): Buffer {
  const bytes = Buffer.alloc(7);
  bytes.writeUIntBE(value, 1, 6);
  const start = bytes.findIndex((byte, at) => byte !== 0 || at === 6);
  return der(0x02, bytes.subarray(bytes[start]! >= 0x80 ? start - 1 : start));
}

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...arcs] = dotted.split(".").map(Number);
  const octets = [first * 40 + second, ...arcs].flatMap((arc) => {
    const digits = [arc & 0x7f];
    for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128))
      digits.unshift((rest & 0x7f) | 0x80);
    return digits;
  });
  return der(0x06, Buffer.from(octets));
}

/** The top-level elements of DER with definite lengths, whole. */
export function split(bytes: Buffer): Buffer[] {
  const elements: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + headerSize(bytes.subarray(at)) + contentSize(bytes.subarray(at));
    elements.push(bytes.subarray(at, end));
    at = end;
  }
  return elements;
}

/** The contents of an element. */
export function contents(element: Buffer): Buffer {
  return element.subarray(headerSize(element));
}

function headerSize(element: Buffer): number {
  return element[1]! < 0x80 ? 2 : 2 + (element[1]! & 0x7f);
}

function contentSize(element: Buffer): number {
  return element[1]! < 0x80 ? element[1]! : element.readUIntBE(2, element[1]! & 0x7f);
}
