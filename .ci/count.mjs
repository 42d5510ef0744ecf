// Prints how many tests passed, failed and were skipped, from the JSON report of the test run.
import { readFileSync } from "node:fs";

try {
  const report = JSON.parse(readFileSync(process.argv[2], "utf8"));
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = report;
  console.log(numPassedTests, numFailedTests, numPendingTests + numTodoTests);
} catch {
  // No report: the run broke off, which counts as one failure.
  console.log(0, 1, 0);
}
