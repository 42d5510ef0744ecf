import { defineConfig } from "tsup";
import { library } from "../../tsup.base.ts";
import { buildPage } from "./ui/build.ts";

export default defineConfig({
  ...library(["src/index.ts"], ["src/cli.ts"]),
  // After the folder was emptied, once for each of the two formats.
  onSuccess: () => buildPage("dist/ui"),
});
