import { existsSync } from "node:fs";
import { resolve } from "node:path";

/** Whether the command that `apnskit mock` starts has been built; its test is skipped otherwise. */
export const mockServerIsBuilt = existsSync(resolve(import.meta.dirname, "../../../mock-server/dist/cli.js"));
