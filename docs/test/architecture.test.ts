import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { nextState } from "../../packages/connection/src/transport-state.ts";
import { ROOT } from "./kit/snippets.ts";

const page = readFileSync(join(ROOT, "docs/architecture.md"), "utf8");

/** The text below a heading, up to the next heading. */
function section(heading: string): string {
  const [, text] = page.split(`\n${heading}\n`);
  expect(text, heading).toBeDefined();
  return text!.split(/\n#+ /)[0]!;
}

/** The files of the ordered lists of a section: one array for each list. */
function listsOf(heading: string): string[][] {
  const lists: string[][] = [];
  for (const [, number, file] of section(heading).matchAll(/^(\d+)\. `([^`]+)`/gm)) {
    if (number === "1") lists.push([]);
    lists.at(-1)!.push(file!);
  }
  return lists;
}

/** Rows of the first table of a section, without head and rule; cells without backquotes. */
function tableOf(heading: string): string[][] {
  const rows = Array.from(section(heading).matchAll(/^\| (.+) \|$/gm), ([, row]) => row!);
  return rows.slice(1).map((row) => row.split(" | ").map((cell) => cell.replaceAll("`", "")));
}

describe("docs/architecture.md", () => {
  it("names files that exist", () => {
    const folders = readdirSync(join(ROOT, "packages")).map((name) => join(ROOT, "packages", name, "src"));
    const sources = folders
      .filter(existsSync)
      .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: "utf8" }));
    const names = new Set(sources.map((path) => basename(path)));
    const named = Array.from(page.matchAll(/`([\w./-]+\.(?:ts|md))`/g), ([, path]) => path!);
    expect(named.length).toBeGreaterThan(60);
    const missing = named.filter((path) =>
      path.includes("/") ? !existsSync(join(ROOT, path)) : !names.has(path),
    );
    expect(missing).toEqual([]);
  });

  it.each(["## The life of a push", "## The life of a 503"])(
    "%s visits no file twice but the dispatcher",
    (heading) => {
      const [stops = []] = listsOf(heading);
      expect(stops.length).toBeGreaterThan(3);
      const others = stops.filter((file) => basename(file) !== "dispatcher.ts");
      expect(others).toEqual([...new Set(others)]);
    },
  );

  it("a 503 visits at most four files of the pool", () => {
    const [stops = []] = listsOf("## The life of a 503");
    const inPool = new Set(stops.filter((file) => file.startsWith("packages/pool/")));
    expect(inPool.size).toBeLessThanOrEqual(4);
  });

  it("a push type takes six files, a retry rule and a figure three each", () => {
    expect(listsOf("## How to add").map((files) => files.length)).toEqual([6, 3, 3]);
  });

  it("shows the states of a transport as they are", () => {
    const inputs = ["settings", "drain", "end"] as const;
    const rows = tableOf("### A transport");
    expect(rows.map(([state]) => state)).toEqual(["connecting", "active", "draining", "closed"]);
    for (const [state, ...cells] of rows) {
      const next = inputs.map((input) => nextState(state as Parameters<typeof nextState>[0], input) ?? "–");
      expect(cells, state).toEqual(next);
    }
  });
});
