import { defineConfig } from "vitest/config";

// The fixture's tests fail on purpose, so they are not part of the ordinary run.
const conditions = ["@apnskit/source", "module", "node", "development|production"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { include: ["leaky.fixture.ts"] },
});
