import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isLibrary, publicPackages, ROOT } from "../src/public-packages.ts";

const licence = readFileSync(join(ROOT, "LICENSE"), "utf8");

it("there are public packages", () => {
  expect(publicPackages().map(({ manifest }) => manifest.name)).toContain("apnskit");
});

describe.each(publicPackages())("$manifest.name", ({ folder, path, manifest }) => {
  it("has a README that shows how to install and use it", () => {
    const file = join(path, "README.md");
    expect(existsSync(file), `${file} is missing: its page at npm would be empty`).toBe(true);
    const readme = readFileSync(file, "utf8");
    expect(readme).toMatch(new RegExp(`^# ${manifest.name}$`, "m"));
    expect(readme).toMatch(new RegExp(`^npm install (--save-dev )?(\\S+ )*${manifest.name}( \\S+)*$`, "m"));
    expect(readme).toMatch(/^```(ts|js|sh)/m);
  });

  it("has the licence of the project", () => {
    expect(manifest.license).toBe("MIT");
    expect(readFileSync(join(path, "LICENSE"), "utf8")).toBe(licence);
  });

  it("names its repository and the tested Node.js", () => {
    expect(manifest.description).toMatch(/\w/);
    expect(manifest.repository).toEqual({
      type: "git",
      url: "git+https://github.com/apnskit/apnskit.git",
      directory: `packages/${folder}`,
    });
    expect(manifest.engines).toEqual({ node: ">=20.19" });
  });

  it("is published with provenance, and without its sources", () => {
    expect(manifest.publishConfig).toMatchObject({ access: "public", provenance: true });
    expect(manifest.files).toContain("dist");
    expect(JSON.stringify(manifest.publishConfig?.exports ?? {})).not.toContain("src");
  });

  it("is a library, a command, or both", () => {
    const entries = Object.keys(manifest.publishConfig?.exports ?? manifest.exports ?? {});
    expect(entries).toContain("./package.json");
    if (!isLibrary(manifest)) {
      expect(entries).toEqual(["./package.json"]);
      expect(Object.keys(manifest.bin ?? {})).not.toEqual([]);
    }
  });

  it.runIf(isLibrary(manifest))(
    "has types for every module resolution, and one copy for import and require",
    () => {
      expect(manifest).toMatchObject({
        main: "./dist/index.cjs",
        module: "./dist/index.js",
        types: "./dist/index.d.cts",
      });
      for (const [entry, conditions] of Object.entries(manifest.publishConfig?.exports ?? {})) {
        if (entry === "./package.json") continue;
        const name = entry === "." ? "index" : entry.slice(2);
        const modules = { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` };
        const commonJs = { types: `./dist/${name}.d.cts`, default: `./dist/${name}.cjs` };
        // The order matters: a runtime takes the first condition that it knows.
        expect(Object.entries(conditions as object)).toEqual([
          ["module-sync", modules],
          ["import", modules],
          ["require", commonJs],
        ]);
        expect(manifest.exports?.[entry]).toEqual({
          "@apnskit/source": `./src/${name}.ts`,
          ...(conditions as object),
        });
        if (entry !== ".") {
          expect(manifest).toHaveProperty("typesVersions", {
            "*": expect.objectContaining({ [name]: [`./dist/${name}.d.cts`] }),
          });
        }
      }
    },
  );

  it("links only commands that exist before the first build", () => {
    for (const file of Object.values(manifest.bin ?? {})) {
      expect(existsSync(join(path, file))).toBe(true);
      expect(file).not.toContain("dist");
    }
  });
});
