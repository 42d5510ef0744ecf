// Prints how many tests passed, failed and were skipped, from the JSON reports of the test runs.
import { readFileSync } from "node:fs";

/** A report that is missing stands for a run that broke off, which counts as one failure. */
function countsOf(file) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(
      readFileSync(file, "utf8"),
    );
    return [numPassedTests, numFailedTests, numPendingTests + numTodoTests];
  } catch {
    return [0, 1, 0];
  }
}

const all = process.argv.slice(2).map(countsOf);
console.log(...[0, 1, 2].map((column) => all.reduce((sum, counts) => sum + counts[column], 0)));
