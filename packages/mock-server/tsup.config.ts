import { defineConfig } from "tsup";

export default defineConfig([
  {
    entry: ["src/index.ts"],
    format: ["esm", "cjs"],
    target: "node20",
    sourcemap: true,
    dts: { entry: "src/index.ts", compilerOptions: { composite: false, ignoreDeprecations: "6.0" } },
  },
  // The command is run, never imported.
  { entry: ["src/cli.ts"], format: ["esm"], target: "node20", sourcemap: true },
]);
