/** Identifier octets (X.690 §8.1.2) of the elements of a signature. */
export const TAG = {
  integer: 0x02,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  context0: 0xa0,
} as const;

/** One element in DER: identifier, length in its shortest form (X.690 §10.1), and the parts in sequence. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  let length = 0;
  for (const part of parts) length += part.length;
  const head = length < 0x80 ? [tag, length] : [tag, ...longLength(length)];
  return Buffer.concat([Uint8Array.from(head), ...parts], head.length + length);
}

/** A SET OF in DER, whose elements are in the order of their bytes (X.690 §11.6). */
export function derSet(tag: number, elements: readonly Uint8Array[]): Buffer {
  return der(tag, ...elements.toSorted(Buffer.compare));
}

function longLength(length: number): number[] {
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return [0x80 | octets.length, ...octets];
}
