import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it as test } from "vitest";
import { runFaultProgram } from "../src/fault-program.ts";
import { EXPECTED } from "../src/fault-servers.ts";
import { writeFaultPrograms } from "../src/fault-sources.ts";
import { leadToMock } from "../src/lead.ts";
import { outputOf } from "../src/program.ts";
import { installProject, RegistryUnreachable } from "../src/project.ts";
import { isLibrary, type Manifest, ROOT } from "../src/public-packages.ts";
import { readmeBlock } from "../src/readme.ts";
import { packAll, type Tarball } from "../src/tarballs.ts";

/** Matches the imports and requires of a built file. */
const IMPORTED = /(?:^import |\bfrom |\brequire\(|\bimport\()["'](@?[\w./:-]+)["'](?! \+)/gm;

let project: string;
let tarballs: Tarball[];
let unavailable: string | undefined;

beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), "apnskit-packed-"));
  tarballs = await packAll(project);
  try {
    await installProject(
      project,
      tarballs.map(({ file }) => file),
    );
  } catch (error) {
    if (!(error instanceof RegistryUnreachable)) throw error;
    unavailable = error.message;
  }
  // The tests do not check Node's types or the compiler.
  mkdirSync(join(project, "node_modules/@types"), { recursive: true });
  symlinkSync(join(ROOT, "node_modules/@types/node"), join(project, "node_modules/@types/node"));
  writeFaultPrograms(project);
  // On a clean checkout, the test first builds every package with its types.
}, 600_000);
beforeAll(() => () => rmSync(project, { recursive: true, force: true }));

function it(name: string, body: () => Promise<void> | void, timeout = 60_000): void {
  test(name, { timeout }, (context) => {
    if (unavailable) context.skip(unavailable);
    return body();
  });
}

/** The output of an ES module in the project. */
async function moduleOutput(lines: string): Promise<string> {
  writeFileSync(join(project, "lines.mjs"), lines);
  return outputOf(process.execPath, ["lines.mjs"], project);
}

/** Every entry point with code of every published package. */
function entryPoints(): string[] {
  return tarballs.flatMap(({ package: { manifest } }) =>
    Object.keys(manifest.exports ?? {})
      .filter((path) => path !== "./package.json")
      .map((path) => manifest.name + path.slice(1)),
  );
}

/** The output of a CommonJS file where \`require\` gives CommonJS, as on Node.js before 22.12. */
function withoutModuleSync(file: string): Promise<string> {
  return outputOf(process.execPath, ["--no-experimental-require-module", file], project);
}

async function runAgainstMock(file: string): Promise<{ stdout: string; arrived: unknown[] }> {
  const { server, args, environment } = await leadToMock(project);
  await using _ = server;
  expect([server.key.keyId, server.key.teamId]).toEqual(["ABC123DEFG", "DEF123GHIJ"]);
  const stdout = await outputOf(process.execPath, [...args, file], project, environment);
  const arrived = server.ledger
    .entries({ kind: "push" })
    .map(({ topic, payload, acted }) => ({ topic, payload, acted }));
  return { stdout, arrived };
}

async function expectOnePush(file: string) {
  const { stdout, arrived } = await runAgainstMock(file);
  expect(stdout).toMatch(/^accepted as [0-9a-f-]{36}\n$/);
  const payload = '{"aps":{"alert":{"title":"Hello","body":"World"},"badge":1}}';
  expect(arrived).toEqual([{ topic: "com.example.app", payload, acted: true }]);
}

describe("the README's first lines run unchanged, from packed tarballs in an empty project,", () => {
  it("as an ES module", async () => {
    writeFileSync(join(project, "hello.mjs"), readmeBlock("ts no-run"));
    await expectOnePush("hello.mjs");
  });

  it("as CommonJS", async () => {
    writeFileSync(join(project, "hello.cjs"), readmeBlock("js"));
    await expectOnePush("hello.cjs");
  });

  it("as TypeScript, strict, for ES modules and for CommonJS", async () => {
    mkdirSync(join(project, "out"), { recursive: true });
    writeFileSync(join(project, "hello.mts"), readmeBlock("ts no-run"));
    writeFileSync(
      join(project, "types.cts"),
      `import apnskit = require("apnskit");
       export const options: apnskit.ApnsClientOptions = { environment: "production", auth: apnskit.providerToken({ key: "", keyId: "", teamId: "" }) };`,
    );
    const compilerOptions = {
      strict: true,
      module: "nodenext",
      target: "es2023",
      outDir: "out",
      types: ["node"],
    };
    writeFileSync(
      join(project, "tsconfig.json"),
      JSON.stringify({ compilerOptions, files: ["hello.mts", "types.cts"] }),
    );
    await outputOf(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc")], project);
    await expectOnePush("out/hello.mjs");
  });
});

describe("a program in an empty project sees each fault as expected,", () => {
  it("by import", async () => {
    expect(await runFaultProgram(project, "import", process.execPath, ["import.mjs"])).toEqual(EXPECTED);
  });

  it("by require", async () => {
    expect(await runFaultProgram(project, "require", process.execPath, ["require.cjs"])).toEqual(EXPECTED);
  });

  it("by require without the export condition for one copy", async () => {
    const args = ["--no-experimental-require-module", "require.cjs"];
    expect(await runFaultProgram(project, "require(cjs)", process.execPath, args)).toEqual(EXPECTED);
  });
});

describe("one process has one copy:", () => {
  it("import and require give the same values", async () => {
    const different = await moduleOutput(`
      import { createRequire } from "node:module";
      const require = createRequire(import.meta.url);
      const different = [];
      for (const name of ${JSON.stringify(entryPoints())}) {
        const imported = await import(name), required = require(name);
        for (const key of Object.keys(imported)) if (required[key] !== imported[key]) different.push(name + " " + key);
      }
      console.log(JSON.stringify(different));`);
    expect(JSON.parse(different)).toEqual([]);
  });

  it("within CommonJS, each class exists once, whichever entry point exports it", async () => {
    writeFileSync(
      join(project, "classes.cjs"),
      `const seen = new Map(), twice = [];
       for (const name of ${JSON.stringify(entryPoints())}) for (const [key, value] of Object.entries(require(name))) {
         if (!/^class\\b/.test(value) || name.includes("mock-server")) continue;
         if ((seen.get(key) ?? value) !== value) twice.push(key);
         seen.set(key, value);
       }
       console.log(JSON.stringify({ twice, count: seen.size }));`,
    );
    const { twice, count } = JSON.parse(await withoutModuleSync("classes.cjs"));
    expect(twice).toEqual([]);
    expect(count).toBeGreaterThan(20);
  });
});

describe("if a process still has two copies:", () => {
  it("the other copy's class recognises every error that a package exports", async () => {
    writeFileSync(
      join(project, "copies.cjs"),
      `const { join } = require("node:path");
       const copies = async (name) => {
         const file = require.resolve(name);
         return [require(file), await import(file.replace(/\\.cjs$/, ".js"))];
       };
       (async () => {
         const unknown = [], errors = [];
         for (const name of ${JSON.stringify(entryPoints().filter((name) => !name.includes("mock-server")))}) {
           const [one, other] = await copies(name);
           for (const [key, type] of Object.entries(one)) {
             if (typeof type !== "function" || !(type.prototype instanceof Error)) continue;
             if (type === other[key]) throw new Error("one copy only: " + key);
             errors.push(key);
             if (!(type.prototype instanceof other[key])) unknown.push(name + " " + key);
           }
         }
         console.log(JSON.stringify({ unknown, count: new Set(errors).size }));
       })();`,
    );
    const { unknown, count } = JSON.parse(await withoutModuleSync("copies.cjs"));
    expect(unknown, 'add static { this.recogniseAs("…"); } to these classes').toEqual([]);
    expect(count).toBeGreaterThan(10);
  });
});

describe("first contact:", () => {
  it("classes have their names, in both formats", async () => {
    writeFileSync(
      join(project, "names.cjs"),
      `const isClass = (value) => typeof value === "function" && /^class\\b/.test(value);
       const wrong = ${JSON.stringify(entryPoints())}.flatMap((name) => Object.entries(require(name)))
         .filter(([name, value]) => isClass(value) && (value.name !== name || /^class _/.test(value)));
       console.log(JSON.stringify(wrong.map(([name, value]) => [name, value.name])));`,
    );
    expect(JSON.parse(await outputOf(process.execPath, ["names.cjs"], project))).toEqual([]);
    expect(JSON.parse(await withoutModuleSync("names.cjs"))).toEqual([]);
  });

  it("a stack trace says Pool", async () => {
    const stack = await moduleOutput(`
      import { Pool } from "@apnskit/pool";
      await Pool.open("https://localhost", { size: -1 }).catch((error) => console.log(error.stack));`);
    expect(stack).toMatch(/^InvalidOption: /);
    expect(stack).toMatch(/ at new Pool /);
  });

  it("apnskit loads no package that only some users need", async () => {
    writeFileSync(
      join(project, "loaded.cjs"),
      `require("apnskit");
       const folders = Object.keys(require.cache).map((file) => /node_modules.((?:@[^\\\\/]+.)?[^\\\\/]+)/.exec(file)?.[1]);
       console.log(JSON.stringify([...new Set(folders)].filter(Boolean).sort()));`,
    );
    const loaded = JSON.parse(await withoutModuleSync("loaded.cjs"));
    expect(loaded).toEqual(["@apnskit/connection", "@apnskit/http2", "@apnskit/pool", "apnskit"]);
  });

  const files = [
    "@apnskit/connection/dist/internal",
    "@apnskit/http2/dist/index",
    "@apnskit/pool/dist/internal",
    "apnskit/dist/index",
    "apnskit/dist/internal",
  ];

  it("apnskit loads one file of each package below it, as ES modules: each costs milliseconds", async () => {
    const hooks = `import { writeSync } from "node:fs";
      export const load = (url, context, next) => (writeSync(1, url + " "), next(url, context));`;
    const loaded = await moduleOutput(`
      import { register } from "node:module";
      register("data:text/javascript," + encodeURIComponent(${JSON.stringify(hooks)}));
      await import("apnskit");`);
    const urls = loaded.split(" ").filter((url) => url.startsWith("file:"));
    expect(urls.map((url) => url.replace(/.*\/node_modules\//, "")).sort()).toEqual(
      files.map((file) => `${file}.js`),
    );
  });

  it("apnskit loads one file of each package below it, as CommonJS", async () => {
    writeFileSync(
      join(project, "files.cjs"),
      `require("apnskit");
       console.log(JSON.stringify(Object.keys(require.cache).filter((file) => file !== __filename)));`,
    );
    const loaded: string[] = JSON.parse(await withoutModuleSync("files.cjs"));
    const names = loaded.map((file) => file.replace(/.*[\\/]node_modules[\\/]/, "").replaceAll("\\", "/"));
    expect(names.sort()).toEqual(files.map((file) => `${file}.cjs`));
  });

  it("apnskit loads few modules of Node.js: each costs milliseconds", async () => {
    const loaded = await moduleOutput(`
      const before = new Set(process.moduleLoadList);
      await import("apnskit");
      const names = process.moduleLoadList.filter((one) => !before.has(one)).map((one) => /^NativeModule (?!_|internal)(.+)/.exec(one)?.[1]);
      console.log(JSON.stringify(names.filter((name) => name && !name.includes("internal"))));`);
    // The modules that Node.js has loaded before differ between its versions. The global `performance` is
    // perf_hooks.
    const allowed = [
      "buffer",
      "crypto",
      "diagnostics_channel",
      "dns",
      "events",
      "fs",
      "http",
      "net",
      "path",
      "stream",
    ];
    const more = [
      "perf_hooks",
      "querystring",
      "stream/promises",
      "string_decoder",
      "timers",
      "tls",
      "url",
      "util",
    ];
    const names = JSON.parse(loaded) as string[];
    expect(names).toContain("tls");
    expect(names.filter((name) => ![...allowed, ...more].includes(name))).toEqual([]);
  });
});

describe("each tarball", () => {
  it("has the files that it needs and no others", () => {
    for (const { package: one, paths } of tarballs) {
      const allowed =
        /^(package\.json|README\.md|LICENSE|bin\/[\w-]+\.js|dist\/[\w.-]+\.(js|cjs|d\.ts|d\.cts)(\.map)?|dist\/ui\/\w+\.(html|js|css|svg))$/;
      expect(paths.filter((path) => !allowed.test(path))).toEqual([]);
      const { main, module, types } = one.manifest;
      const entries = isLibrary(one.manifest) ? [main, module, types] : [];
      const needed = ["package.json", "LICENSE", ...entries, ...binsOf(one.manifest)];
      const names = needed.map((path) => path?.replace("./", ""));
      expect(names.filter((name) => name === undefined || !paths.includes(name))).toEqual([]);
    }
  });
});

describe("each installed package", () => {
  it("imports only its declared dependencies and Node.js", () => {
    const undeclared: string[] = [];
    for (const { package: one } of tarballs) {
      const { name: own, dependencies, peerDependencies } = one.manifest;
      const allowed = new Set([own, ...Object.keys({ ...dependencies, ...peerDependencies })]);
      const dist = join(project, "node_modules", one.manifest.name, "dist");
      for (const file of readdirSync(dist).filter((name) => /\.(c?js|d\.c?ts)$/.test(name))) {
        const text = readFileSync(join(dist, file), "utf8");
        for (const [, source] of text.matchAll(IMPORTED)) {
          const name = /^(@[^/]+\/)?[^/]+/.exec(source!)![0];
          if (!/^(\.|node:)/.test(source!) && !allowed.has(name))
            undeclared.push(`${one.folder} ${file} ${source}`);
        }
      }
    }
    expect(undeclared).toEqual([]);
  });
});

function binsOf(manifest: Manifest): string[] {
  return Object.values(manifest.bin ?? {});
}
