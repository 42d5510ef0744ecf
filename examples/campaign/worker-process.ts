import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** Starts a program of this folder and passes it the errand as JSON. */
export function startWorker(program: string, errand: object): ChildProcess {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const args = ["--conditions=@apnskit/source", "--import", import.meta.resolve("tsx"), path];
  return spawn(process.execPath, [...args, JSON.stringify(errand)], { stdio: "inherit" });
}

/** @returns the exit code; `null` after a signal */
export async function ended(child: ChildProcess): Promise<[number | null]> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return [child.exitCode];
}

export const turn = (milliseconds = 5): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
