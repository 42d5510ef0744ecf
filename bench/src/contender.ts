import { monitorEventLoopDelay } from "node:perf_hooks";
import { answer } from "./answer.ts";
import { type Answer, type Answers, closedLoop, openLoop } from "./load.ts";
import type { ContenderReply, ContenderRequest, Load, LoadResult, Task } from "./messages.ts";

/** A client under measurement. */
export type Contender = SingleContender | BatchContender;

/** Sends one notification per call. The bench decides how many are in flight. */
export interface SingleContender {
  /** Sends the notification for the device at `index`. Resolves with the answer or its status. */
  post(index: number): Promise<Answer>;
  close(): Promise<void>;
}

/** Sends many notifications per call, and decides itself how many are in flight. */
export interface BatchContender {
  /** The answers include values that this process cannot measure, because another program does the work. */
  run(count: number, inflight: number): Promise<Answers & Partial<LoadResult>>;
  close(): Promise<void>;
}

const DELAY_RESOLUTION = 1;

/** Makes this process a contender: it opens its client, runs loads and closes when the bench says so. */
export function contend(open: (task: Task) => Promise<Contender>): void {
  let contender: Contender | undefined;

  async function obey(request: ContenderRequest): Promise<ContenderReply> {
    if (request.type === "open") {
      contender = await open(request.task);
      return { type: "opened" };
    }
    if (contender === undefined) throw new Error("not opened yet");
    if (request.type === "load") return { type: "loaded", ...(await measure(contender, request.load)) };
    await contender.close();
    return { type: "closed" };
  }

  answer(obey);
}

async function measure(contender: Contender, load: Load): Promise<LoadResult> {
  const delays = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION });
  delays.enable();
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  const answers = await apply(contender, load);
  const seconds = (performance.now() - start) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  delays.disable();
  return {
    count: load.count,
    seconds,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    peakMemory: process.resourceUsage().maxRSS * 1024,
    // Node records the time between two ticks of its timer. The tick's own length is not a delay.
    eventLoopDelay: Math.max(0, delays.percentile(99) / 1e6 - DELAY_RESOLUTION),
    latency: null,
    ...answers,
  };
}

function apply(contender: Contender, load: Load): Promise<Answers & Partial<LoadResult>> {
  if ("run" in contender) {
    if (load.kind !== "closed" || load.latency)
      throw new TypeError(`this contender takes no single requests; received a load of kind "${load.kind}"`);
    return contender.run(load.count, load.inflight);
  }
  const post = (index: number) => contender.post(index);
  return load.kind === "closed" ? closedLoop(post, load) : openLoop(post, load);
}
