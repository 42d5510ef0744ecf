import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { writeFaultPrograms } from "../src/fault-sources.ts";
import { installProject, RegistryUnreachable } from "../src/project.ts";
import { packAll } from "../src/tarballs.ts";
import { installTools, tool } from "../src/tools.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The empty project in which the tarballs are installed. */
    project: string;
    /** Why nothing can be tested. */
    unavailable: string | undefined;
  }
}

/**
 * One set of tarballs, one project and one set of tools for the whole matrix. This file is loaded before the export
 * condition of the sources is known: it must not import another package of the workspace.
 */
export default async function setUp({ provide }: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), "apnskit-runtimes-"));
  const project = join(folder, "project");
  provide("project", project);
  try {
    const tarballs = await packAll(folder);
    await installProject(
      project,
      tarballs.filter(({ package: one }) => one.folder !== "mock-server").map(({ file }) => file),
    );
    await installTools();
    // For the compilers; no package of the project may be found there.
    symlinkSync(tool("@types"), join(project, "node_modules/@types"));
    writeFaultPrograms(project);
    provide("unavailable", undefined);
  } catch (error) {
    if (!(error instanceof RegistryUnreachable)) throw error;
    provide("unavailable", error.message);
  }
  return () => rmSync(folder, { recursive: true, force: true });
}
