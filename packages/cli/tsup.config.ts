import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/main.ts"],
  format: ["esm"],
  target: "node20",
  // Each command's own modules stay a chunk of their own, loaded when that command runs.
  splitting: true,
  removeNodeProtocol: false,
  sourcemap: true,
  clean: true,
});
