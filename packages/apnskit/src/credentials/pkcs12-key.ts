import { createHash } from "node:crypto";
import { iterationOf } from "./iterated-hash.ts";
import type { RoundBudget } from "./round-budget.ts";

/** The purpose of a derived octet string (RFC 7292 §B.3). */
export type KeyPurpose = "key" | "iv" | "mac";

const DIVERSIFIERS: Readonly<Record<KeyPurpose, number>> = { key: 1, iv: 2, mac: 3 };

/**
 * PKCS#12's own key derivation (RFC 7292 §B.2).
 *
 * @param passphrase `undefined` for none, which differs from an empty one (§B.1)
 * @throws TooManyRounds
 */
export function pkcs12Key(
  hash: string,
  passphrase: string | undefined,
  salt: Buffer,
  iterations: number,
  purpose: KeyPurpose,
  length: number,
  budget: RoundBudget,
): Buffer {
  const digest = (...parts: Buffer[]) => {
    const state = createHash(hash);
    for (const part of parts) state.update(part);
    return state.digest();
  };
  const block = hash === "sha384" || hash === "sha512" ? 128 : 64;
  const size = digest().length;
  const rounds = Math.ceil(length / size);
  const { cost, run } = iterationOf(hash);
  budget.spend(iterations, cost * rounds);
  const diversifier = Buffer.alloc(block, DIVERSIFIERS[purpose]);
  const input = Buffer.concat([repeated(salt, block), repeated(passphraseBytes(passphrase), block)]);
  const output: Buffer[] = [];
  for (let round = 0; round < rounds; round++) {
    const piece = run(digest(diversifier, input), iterations - 1);
    output.push(piece);
    const addend = repeated(piece, block).subarray(0, block);
    for (let at = 0; at < input.length; at += block) addOnePlus(input.subarray(at, at + block), addend);
  }
  return Buffer.concat(output).subarray(0, length);
}

/** A BMPString with its two final zero octets (§B.1). */
function passphraseBytes(passphrase: string | undefined): Buffer {
  if (passphrase === undefined) return Buffer.alloc(0);
  return Buffer.from(`${passphrase}\0`, "utf16le").swap16();
}

/** The octets repeated to fill a whole number of blocks. */
function repeated(octets: Buffer, block: number): Buffer {
  return octets.length === 0 ? octets : Buffer.alloc(Math.ceil(octets.length / block) * block, octets);
}

/** `target = target + addend + 1`, both big-endian, without the carry that leaves it. */
function addOnePlus(target: Buffer, addend: Buffer): void {
  let carry = 1;
  for (let at = target.length - 1; at >= 0; at--) {
    carry += target[at]! + addend[at]!;
    target[at] = carry & 0xff;
    carry >>= 8;
  }
}
