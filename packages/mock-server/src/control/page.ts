import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ControlReply, PAGE_POLICY } from "./reply.ts";

const TYPES: Readonly<Record<string, string>> = {
  "index.html": "text/html; charset=utf-8",
  "app.js": "text/javascript; charset=utf-8",
  "app.css": "text/css; charset=utf-8",
  "icon.svg": "image/svg+xml",
};

/** The files of the page, from the package's build. */
export class Page {
  readonly #directory: string | undefined;
  readonly #files = new Map<string, Promise<Buffer>>();

  /** @param wanted false for no page; a folder with its files, or true for the package's own */
  constructor(wanted: boolean | string) {
    const directory = wanted === true ? ownDirectory() : wanted === false ? undefined : wanted;
    this.#directory = directory && existsSync(join(directory, "index.html")) ? directory : undefined;
  }

  /** Whether there is a page. There is none before the package's first build. */
  get exists(): boolean {
    return this.#directory !== undefined;
  }

  /** One of its files; undefined if it does not exist. */
  async file(name: string): Promise<ControlReply | undefined> {
    if (this.#directory === undefined || !Object.hasOwn(TYPES, name)) return undefined;
    let content = this.#files.get(name);
    if (!content) {
      content = readFile(join(this.#directory, name));
      this.#files.set(name, content);
    }
    const headers = { "content-security-policy": PAGE_POLICY, vary: "accept" };
    return { status: 200, type: TYPES[name]!, content: await content, headers };
  }
}

/** `dist/ui` of this package, whether it runs from its build (in either format) or from source. */
function ownDirectory(): string {
  const here = typeof __dirname === "string" ? __dirname : dirname(fileURLToPath(import.meta.url));
  return here.endsWith("control") ? join(here, "../../dist/ui") : join(here, "ui");
}
