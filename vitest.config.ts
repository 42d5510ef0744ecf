import { defineConfig } from "vitest/config";

// Tests read the packages' sources through this export condition, so that no build is needed before them.
const conditions = ["@apnskit/source", "module", "node", "development|production"];

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
    // Child processes started by tests resolve the same condition.
    testTimeout: 20_000,
    hookTimeout: 20_000,
    coverage: { provider: "v8", include: ["packages/*/src/**"] },
  },
});
