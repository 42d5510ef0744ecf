import { createHash } from "node:crypto";

/** Applies a hash to its own output many times; `cost` of one application is in rounds of PBKDF2. */
interface Iteration {
  readonly cost: number;
  readonly run: (digest: Buffer, times: number) => Buffer;
}

/**
 * PKCS#12 derives keys by repeated hashing, 600,000 times in the files of NSS and GnuTLS. A call of
 * `createHash` costs as much as three or four of these steps. So the two common hashes have a loop here;
 * their input is always one block.
 */
export function iterationOf(hash: string): Iteration {
  if (hash === "sha1") return { cost: 2, run: iterateSha1 };
  if (hash === "sha256") return { cost: 3, run: iterateSha256 };
  return { cost: 9, run: (digest, times) => iterateByNode(hash, digest, times) };
}

function iterateByNode(hash: string, digest: Buffer, times: number): Buffer {
  let output = digest;
  for (let time = 0; time < times; time++) output = createHash(hash).update(output).digest();
  return output;
}

/** FIPS 180-4 §6.1.2, for messages of 20 octets. */
function iterateSha1(digest: Buffer, times: number): Buffer {
  const w = new Int32Array(80);
  const state = Int32Array.from({ length: 5 }, (_, word) => digest.readInt32BE(word * 4));
  for (let time = 0; time < times; time++) {
    w.fill(0, 5, 16);
    w.set(state);
    w[5] = 0x8000_0000 | 0;
    w[15] = 160;
    for (let at = 16; at < 80; at++) {
      const mixed = w[at - 3]! ^ w[at - 8]! ^ w[at - 14]! ^ w[at - 16]!;
      w[at] = (mixed << 1) | (mixed >>> 31);
    }
    let a = 0x6745_2301;
    let b = 0xefcd_ab89 | 0;
    let c = 0x98ba_dcfe | 0;
    let d = 0x1032_5476;
    let e = 0xc3d2_e1f0 | 0;
    for (let at = 0; at < 80; at++) {
      let f: number;
      if (at < 20) f = ((b & c) | (~b & d)) + 0x5a82_7999;
      else if (at < 40) f = (b ^ c ^ d) + 0x6ed9_eba1;
      else if (at < 60) f = ((b & c) | (b & d) | (c & d)) + 0x8f1b_bcdc;
      else f = (b ^ c ^ d) + 0xca62_c1d6;
      const next = (((a << 5) | (a >>> 27)) + f + e + w[at]!) | 0;
      e = d;
      d = c;
      c = (b << 30) | (b >>> 2);
      b = a;
      a = next;
    }
    state[0] = a + 0x6745_2301;
    state[1] = b + 0xefcd_ab89;
    state[2] = c + 0x98ba_dcfe;
    state[3] = d + 0x1032_5476;
    state[4] = e + 0xc3d2_e1f0;
  }
  return octets(state);
}

/** FIPS 180-4 §4.2.2 and §5.3.3: fractional parts of roots of the first primes. */
const PRIMES = firstPrimes(64);
const SHA256_ROUNDS = Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));
const SHA256_START = Int32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));

/** FIPS 180-4 §6.2.2, for messages of 32 octets. */
function iterateSha256(digest: Buffer, times: number): Buffer {
  const w = new Int32Array(64);
  const state = Int32Array.from({ length: 8 }, (_, word) => digest.readInt32BE(word * 4));
  for (let time = 0; time < times; time++) {
    w.fill(0, 8, 16);
    w.set(state);
    w[8] = 0x8000_0000 | 0;
    w[15] = 256;
    for (let at = 16; at < 64; at++) {
      const x = w[at - 15]!;
      const y = w[at - 2]!;
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[at] = w[at - 16]! + s0 + w[at - 7]! + s1;
    }
    let a = SHA256_START[0]!;
    let b = SHA256_START[1]!;
    let c = SHA256_START[2]!;
    let d = SHA256_START[3]!;
    let e = SHA256_START[4]!;
    let f = SHA256_START[5]!;
    let g = SHA256_START[6]!;
    let h = SHA256_START[7]!;
    for (let at = 0; at < 64; at++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + SHA256_ROUNDS[at]! + w[at]!) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    state[0] = a + SHA256_START[0]!;
    state[1] = b + SHA256_START[1]!;
    state[2] = c + SHA256_START[2]!;
    state[3] = d + SHA256_START[3]!;
    state[4] = e + SHA256_START[4]!;
    state[5] = f + SHA256_START[5]!;
    state[6] = g + SHA256_START[6]!;
    state[7] = h + SHA256_START[7]!;
  }
  return octets(state);
}

function octets(state: Int32Array): Buffer {
  const output = Buffer.alloc(state.length * 4);
  state.forEach((word, at) => void output.writeInt32BE(word, at * 4));
  return output;
}

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let number = 2; primes.length < count; number++) {
    if (primes.every((prime) => number % prime !== 0)) primes.push(number);
  }
  return primes;
}

/** The first 32 bits of the fractional part. */
function fraction(root: number): number {
  return Math.floor((root - Math.floor(root)) * 2 ** 32) | 0;
}
