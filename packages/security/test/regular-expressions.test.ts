import { describe, expect, it } from "vitest";
import { allExpressions, nameOf } from "../expressions/expressions.ts";
import { expressionsToProve, proof, provenExpressions, REVIEWED } from "../expressions/proof.ts";

// Text from servers, proxies and callers reaches most regular expressions of this project. Each must take
// linear time (ReDoS, CWE-1333). `pnpm check:expressions` proves all of them, which takes half a minute. This
// test proves the expressions that are not in its list.

describe("regular expressions", () => {
  const all = new Set(allExpressions().map(nameOf));

  it("are found in the sources", () => {
    expect(all.size).toBeGreaterThan(40);
  });

  it.each(["(a+)+$", "a+b", "\\\\+n"])("that are slow are found: %s", (source) => {
    expect(proof({ source, flags: "" })).toBe("vulnerable");
  });

  it("that were reviewed are still there", () => {
    expect([...all]).toEqual(expect.arrayContaining(Object.keys(REVIEWED)));
  });

  const proven = provenExpressions();
  const unproven = expressionsToProve().filter((one) => !proven.has(nameOf(one)));
  it.each(unproven.map((one) => [nameOf(one), one] as const))(
    "%s takes linear time",
    (_, expression) => {
      expect({ status: proof(expression), places: expression.places }).toMatchObject({ status: "safe" });
    },
    70_000,
  );
});
