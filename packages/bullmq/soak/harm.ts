import { setTimeout as pause } from "node:timers/promises";
import type { SeededRandom, TcpProxy } from "@apnskit/testkit";
import type { WorkerProcess } from "./worker-process.ts";

/** A worker and its way to the store. */
export interface Victim {
  readonly worker: WorkerProcess;
  readonly proxy: TcpProxy;
}

export const HARMS = ["kill", "suspend", "cut", "silence"] as const;
export type Harm = (typeof HARMS)[number];

/**
 * Does one harm to one worker, and ends it again:
 *
 * - `kill`: SIGKILL, and a new process;
 * - `suspend`: SIGSTOP for longer than its locks last;
 * - `cut`: its connections to the store are reset and refused for longer than that;
 * - `silence`: the store's answers do not come, for longer than that.
 */
export async function harm(
  kind: Harm,
  { worker, proxy }: Victim,
  lock: number,
  random: SeededRandom,
): Promise<void> {
  const long = lock * (1.2 + 2 * random.next());
  switch (kind) {
    case "kill":
      return worker.kill();
    case "suspend":
      worker.suspend();
      await pause(long);
      return worker.resume();
    case "cut":
      proxy.refuse();
      proxy.cut();
      await pause(long);
      return proxy.accept();
    case "silence":
      proxy.stall("toClient");
      await pause(long);
      proxy.resume();
  }
}
