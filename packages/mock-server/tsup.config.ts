import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/index.ts", "src/cli.ts"],
  format: ["esm", "cjs"],
  target: "node20",
  sourcemap: true,
  clean: true,
  dts: { entry: "src/index.ts", compilerOptions: { composite: false, ignoreDeprecations: "6.0" } },
});
