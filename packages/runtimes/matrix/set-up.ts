import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { writeFaultPrograms } from "../src/fault-sources.ts";
import { installProject, RegistryUnreachable } from "../src/project.ts";
import { packAll } from "../src/tarballs.ts";
import { installTools, linkTools } from "../src/tools.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The empty project in which the client's tarballs are installed, and nothing else. */
    project: string;
    /** The empty project in which all tarballs are installed, as they are where applications are developed. */
    application: string;
    /** Why nothing can be tested. */
    unavailable: string | undefined;
  }
}

/** They have packages of others below or beside them, which the table of runtimes is to do without. */
const WITH_OTHERS = ["mock-server", "cli", "bullmq"];

/**
 * One set of tarballs, one set of tools and two projects for the whole matrix. This file is loaded before the export
 * condition of the sources is known: it must not import another package of the workspace.
 */
export default async function setUp({ provide }: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), "apnskit-runtimes-"));
  const project = join(folder, "project");
  const application = join(folder, "application");
  provide("project", project);
  provide("application", application);
  try {
    const tarballs = await packAll(folder);
    const few = tarballs.filter(({ package: one }) => !WITH_OTHERS.includes(one.folder));
    await installProject(
      project,
      few.map(({ file }) => file),
    );
    await installProject(
      application,
      tarballs.map(({ file }) => file),
    );
    await installTools();
    // For the compilers; no package of the project may be found there.
    linkTools(project, ["@types"]);
    writeFaultPrograms(project);
    provide("unavailable", undefined);
  } catch (error) {
    if (!(error instanceof RegistryUnreachable)) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
    provide("unavailable", error.message);
  }
  return () => rmSync(folder, { recursive: true, force: true });
}
