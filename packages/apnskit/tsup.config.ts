import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/index.ts"],
  format: ["esm", "cjs"],
  target: "node20",
  // ESM only: a CommonJS output that loads them dies on Node.js before 22.12 and in Jest.
  noExternal: ["p-retry", "is-network-error"],
  sourcemap: true,
  clean: true,
  dts: { compilerOptions: { composite: false, ignoreDeprecations: "6.0" } },
});
