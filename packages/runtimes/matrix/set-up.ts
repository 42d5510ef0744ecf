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
    /** A new project with only the client's tarballs. */
    project: string;
    /** A new project with all tarballs, as a developer of an application installs them. */
    application: string;
    /** Why the tests cannot run; undefined if they can. */
    unavailable: string | undefined;
  }
}

/** These packages need packages by other authors, which the table of runtimes excludes. */
const WITH_OTHERS = ["mock-server", "cli", "bullmq"];

/**
 * Prepares one set of tarballs, one set of tools and two projects for the whole matrix. This file must not
 * import another package of the workspace, because the export condition of the sources is not yet set when it
 * loads.
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
    // For the compilers. This folder must contain no package of the project.
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
