import { nameOf } from "./expressions.ts";
import { expressionsToProve, proof, provenExpressions, writeProven } from "./proof.ts";

const usage = `pnpm check:expressions [--write]

Proves by recheck that each regular expression of the published packages takes time in proportion to its text.

  --write   writes the list of those that are proven, which the tests trust`;

const args = process.argv.slice(2);
if (args.some((arg) => arg !== "--write")) {
  console.log(usage);
  process.exit(args.includes("--help") ? 0 : 2);
}
const safe: string[] = [];
let problems = 0;
for (const expression of expressionsToProve()) {
  const status = proof(expression);
  if (status === "safe") safe.push(nameOf(expression));
  else {
    problems++;
    console.error(`${status}: ${nameOf(expression)} in ${expression.places.join(", ")}`);
  }
}
if (args.includes("--write")) writeProven(safe);
else if (safe.length !== provenExpressions().size || safe.some((name) => !provenExpressions().has(name))) {
  console.log("the list of proven expressions is out of date, which makes the tests slow; use --write");
}
console.log(`${safe.length} expressions are safe, ${problems} are not`);
if (problems > 0) process.exit(1);
