import { nameOf } from "./expressions.ts";
import { expressionsToProve, proof, provenExpressions, writeProven } from "./proof.ts";

const usage = `pnpm check:expressions [--write]

Proves with recheck that the time of each regular expression in the published packages is linear in its text.

  --write   writes the list of proven expressions, which the tests trust`;

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
  console.log("the list of proven expressions is out of date, so the tests are slow; run with --write");
}
console.log(`${safe.length} expressions are safe, ${problems} are unsafe`);
if (problems > 0) process.exit(1);
