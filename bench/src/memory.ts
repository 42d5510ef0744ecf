import { bundle } from "./bundle.ts";
import { Child } from "./child.ts";
import type {
  MemorySample,
  QueuedReply,
  QueuedRequest,
  QueuedResult,
  StreamingReply,
  StreamingRequest,
  StreamingResult,
} from "./memory/messages.ts";
import type { Cores } from "./options.ts";
import type { Progress } from "./progress.ts";
import { type ServerName, SINK_SOURCE, startServer } from "./server.ts";
import { median } from "./statistics.ts";
import { taskFor } from "./throughput.ts";

export interface MemoryOptions {
  /** Requests queued at once. */
  queued: number;
  /** Requests streamed through `postAll`. */
  streamed: number;
  /** Server for the streamed requests. The queued requests go to a sink that never answers. */
  server: ServerName;
  connections: number;
  streams: number;
  payloadBytes: number;
  cores: Cores | undefined;
  tokens: number;
  /** ms between two readings of memory. */
  sampleInterval: number;
}

export interface MemoryReport {
  bench: "memory";
  options: MemoryOptions;
  server: { name: ServerName; version: string };
  queued: QueuedResult;
  streamed: StreamingResult & {
    /**
     * Growth of the resident set in bytes: the median of the last tenth of the run less that of the first
     * tenth.
     */
    growth: number;
    peak: number;
  };
}

const QUEUED_SOURCE = "memory/queued.ts";
const STREAMING_SOURCE = "memory/streaming.ts";
/** Heap limit of the measured process, MB. V8 must not run out of heap during the run. */
const HEAP = 6_144;

export async function measureMemory(options: MemoryOptions, progress: Progress): Promise<MemoryReport> {
  const { streams, payloadBytes, tokens, cores } = options;
  const serverOptions = { streams, payloadBytes, tokens, cores: cores?.server };
  await using files = await bundle([SINK_SOURCE, QUEUED_SOURCE, STREAMING_SOURCE]);

  const queued = await progress.step(`${options.queued} queued at once`, async () => {
    await using sink = await startServer("sink", files, { ...serverOptions, delay: null });
    await using child = new Child<QueuedRequest, QueuedReply>(files.file(QUEUED_SOURCE), {
      cores: cores?.client,
      flags: ["--expose-gc", `--max-old-space-size=${HEAP}`],
    });
    const task = taskFor(sink, options);
    const { type: _, ...result } = await child.ask(
      { type: "measure", task, count: options.queued },
      "measured",
    );
    return result;
  });

  await using server = await startServer(options.server, files, serverOptions);
  const streamed = await progress.step(`${options.streamed} streamed`, async () => {
    await using child = new Child<StreamingRequest, StreamingReply>(files.file(STREAMING_SOURCE), {
      cores: cores?.client,
    });
    const { streamed: count, sampleInterval } = options;
    const task = taskFor(server, options);
    const { type: _, ...result } = await child.ask(
      { type: "stream", task, count, sampleInterval },
      "streamed",
    );
    return result;
  });

  return {
    bench: "memory",
    options,
    server: { name: server.name, version: server.version },
    queued,
    streamed: {
      ...streamed,
      growth: growth(streamed.samples),
      peak: Math.max(...streamed.samples.map((sample) => sample.resident)),
    },
  };
}

/**
 * Growth from the first tenth of the run to the last. The first reading does not count: nothing was sent yet.
 */
export function growth(samples: readonly MemorySample[]): number {
  const running = samples.length > 2 ? samples.slice(1) : samples;
  const tenth = Math.max(1, Math.floor(running.length / 10));
  const resident = (part: readonly MemorySample[]) => median(part.map((sample) => sample.resident));
  return resident(running.slice(-tenth)) - resident(running.slice(0, tenth));
}
