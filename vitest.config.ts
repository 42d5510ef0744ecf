import { defineConfig } from "vitest/config";

// Tests read the packages' sources through this export condition, so that no build is needed before them.
const conditions = ["@apnskit/source", "module", "node", "development|production"];

const results = process.env.APNSKIT_TEST_RESULTS;

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      "packages/*/test/**/*.test.ts",
      "bench/test/**/*.test.ts",
      "docs/test/**/*.test.ts",
      "examples/test/**/*.test.ts",
    ],
    // All cores: much of a test is waiting for sockets.
    maxWorkers: "100%",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // For whoever wants to count: the results as JSON beside the usual report.
    ...(results === undefined ? {} : { reporters: ["default", "json"], outputFile: { json: results } }),
    coverage: { provider: "v8", include: ["packages/*/src/**"] },
  },
});
