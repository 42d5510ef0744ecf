import { providerToken } from "apnskit";
import { describe, expect, it } from "vitest";
import { TokenSeal } from "../src/provider-token/token-seal.ts";
import { ids, p8 } from "./kit/key.ts";

const key = p8();
const auth = () => providerToken({ key, ...ids });

describe("a sealed provider token", () => {
  it("is opened by each process with the same key, and shows neither the token nor its parts", () => {
    const token = auth().sign(1);
    const value = new TokenSeal(auth()).close(token);
    const opened = new TokenSeal(auth()).open(value, 5);
    expect(opened?.authorization).toBe(token.authorization);
    expect(opened?.issuedAt).toEqual(token.issuedAt);
    expect(opened?.generation).toBe(5);
    for (const part of token.authorization.slice(7).split(".")) expect(value).not.toContain(part);
  });

  it("is opened by no other key, team or key id", () => {
    const value = new TokenSeal(auth()).close(auth().sign(1));
    const others = [
      providerToken({ key: p8(), ...ids }),
      providerToken({ key, ...ids, keyId: "XYZ123DEFG" }),
      providerToken({ key, ...ids, teamId: "XYZ123DEFG" }),
    ];
    for (const other of others) expect(new TokenSeal(other).open(value, 1)).toBeUndefined();
  });

  it("that was changed at any byte, cut, or is something else does not open, and does not throw", () => {
    const seal = new TokenSeal(auth());
    const bytes = Buffer.from(seal.close(auth().sign(1)), "base64url");
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(seal.open(changed.toString("base64url"), 1)).toBeUndefined();
      expect(seal.open(bytes.subarray(0, at).toString("base64url"), 1)).toBeUndefined();
    }
    for (const text of ["", "hello", "é", "a".repeat(5_000)]) expect(seal.open(text, 1)).toBeUndefined();
  });
});
