/** RFC 2268 §2: a permutation of 0 … 255 from the digits of pi. */
const PI_TABLE = Buffer.from(
  [
    "d978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2",
    "179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82",
    "54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626",
    "6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7",
    "08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec",
    "c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731",
    "2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9",
    "0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad",
  ].join(""),
  "hex",
);
const ROTATIONS = [1, 2, 3, 5] as const;
const BLOCK = 8;

/**
 * Decrypts RC2 in CBC mode (RFC 2268), without removing the padding. Keychain uses it for the certificates of
 * a PFX, and the OpenSSL in Node.js has no RC2. Do not use it for anything new: the cipher is weak.
 *
 * @param key all of its bits are effective
 */
export function decryptRc2(key: Buffer, iv: Buffer, data: Buffer): Buffer {
  const words = expandKey(key);
  const output = Buffer.alloc(data.length);
  let previous = iv;
  for (let at = 0; at < data.length; at += BLOCK) {
    const block = data.subarray(at, at + BLOCK);
    decryptBlock(words, block, output, at);
    for (let octet = 0; octet < BLOCK; octet++) output[at + octet]! ^= previous[octet]!;
    previous = block;
  }
  return output;
}

/** RFC 2268 §2. */
function expandKey(key: Buffer): Uint16Array {
  const octets = new Uint8Array(128);
  octets.set(key);
  const size = key.length;
  for (let at = size; at < 128; at++) {
    octets[at] = PI_TABLE[(octets[at - 1]! + octets[at - size]!) & 0xff]!;
  }
  octets[128 - size] = PI_TABLE[octets[128 - size]!]!;
  for (let at = 127 - size; at >= 0; at--) octets[at] = PI_TABLE[octets[at + 1]! ^ octets[at + size]!]!;
  return Uint16Array.from({ length: 64 }, (_, at) => octets[2 * at]! | (octets[2 * at + 1]! << 8));
}

/** RFC 2268 §4: five, six and five mixing rounds, with a mashing round between them, all in reverse. */
function decryptBlock(words: Uint16Array, block: Buffer, output: Buffer, at: number): void {
  const r = Uint16Array.from({ length: 4 }, (_, word) => block.readUInt16LE(word * 2));
  let next = 63;
  for (let round = 16; round > 0; round--) {
    for (let word = 3; word >= 0; word--) {
      const turn = ROTATIONS[word]!;
      const value = (r[word]! >>> turn) | (r[word]! << (16 - turn));
      const [a, b, c] = [r[(word + 3) & 3]!, r[(word + 2) & 3]!, r[(word + 1) & 3]!];
      r[word] = value - words[next--]! - (a & b) - (~a & c);
    }
    if (round === 12 || round === 6) {
      for (let word = 3; word >= 0; word--) r[word] = r[word]! - words[r[(word + 3) & 3]! & 63]!;
    }
  }
  for (let word = 0; word < 4; word++) output.writeUInt16LE(r[word]!, at + word * 2);
}
