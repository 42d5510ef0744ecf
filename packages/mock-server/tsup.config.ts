import { defineConfig } from "tsup";
import { library } from "../../tsup.base.ts";

export default defineConfig(
  library(["src/index.ts", "src/cli.ts"], {
    dts: { entry: "src/index.ts", compilerOptions: { composite: false, ignoreDeprecations: "6.0" } },
  }),
);
