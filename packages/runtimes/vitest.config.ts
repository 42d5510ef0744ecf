import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

const conditions = ["@apnskit/source", "module", "node", "development|production"];
const results = process.env.APNSKIT_RUNTIMES_RESULTS;

/**
 * The matrix of module systems, runtimes, test runners, compilers and bundlers. It takes too long for each
 * run of the tests.
 */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    root: resolve(import.meta.dirname),
    include: ["matrix/**/*.test.ts"],
    globalSetup: "matrix/set-up.ts",
    maxWorkers: 2,
    testTimeout: 180_000,
    ...(results === undefined ? {} : { reporters: ["default", "json"], outputFile: { json: results } }),
  },
});
