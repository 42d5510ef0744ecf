import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/main.ts"],
  format: ["esm"],
  target: "node20",
  // The modules of each command form a separate chunk, loaded when that command runs.
  splitting: true,
  removeNodeProtocol: false,
  sourcemap: true,
  clean: true,
});
