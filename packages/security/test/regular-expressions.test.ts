import { describe, expect, it } from "vitest";
import { allExpressions, nameOf } from "../expressions/expressions.ts";
import { expressionsToProve, proof, provenExpressions, REVIEWED } from "../expressions/proof.ts";

// What a server, a proxy or a caller says reaches most regular expressions of this project. None of them may take more
// time than in proportion to the text (ReDoS, CWE-1333). `pnpm check:expressions` proves them all, which takes half a
// minute; here, those that are not in its list are proven.

describe("regular expressions", () => {
  const all = new Set(allExpressions().map(nameOf));

  it("are found in the sources", () => {
    expect(all.size).toBeGreaterThan(40);
  });

  it.each(["(a+)+$", "a+b", "\\\\+n"])("that are slow are noticed: %s", (source) => {
    expect(proof({ source, flags: "" })).toBe("vulnerable");
  });

  it("that were reviewed are still there", () => {
    expect([...all]).toEqual(expect.arrayContaining(Object.keys(REVIEWED)));
  });

  const proven = provenExpressions();
  const unproven = expressionsToProve().filter((one) => !proven.has(nameOf(one)));
  it.each(unproven.map((one) => [nameOf(one), one] as const))(
    "%s takes time in proportion to the text",
    (_, expression) => {
      expect({ status: proof(expression), places: expression.places }).toMatchObject({ status: "safe" });
    },
    70_000,
  );
});
