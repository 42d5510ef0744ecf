import { createHash, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { iterationOf } from "../src/credentials/iterated-hash.ts";

describe("a hash applied to its own output", () => {
  it.each([
    ["sha1", 20],
    ["sha224", 28],
    ["sha256", 32],
    ["sha384", 48],
    ["sha512", 64],
  ])("%s gives what createHash gives", (hash, size) => {
    for (const times of [0, 1, 2, 1_000]) {
      for (const start of [randomBytes(size), Buffer.alloc(size), Buffer.alloc(size, 0xff)]) {
        let expected: Buffer = start;
        for (let time = 0; time < times; time++) expected = createHash(hash).update(expected).digest();
        expect(iterationOf(hash).run(start, times)).toEqual(expected);
      }
    }
  });
});
