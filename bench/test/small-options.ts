import type { ThroughputOptions } from "../src/throughput.ts";

/** Enough to see that everything runs; nothing is pinned, since tests share the machine. */
export const small: ThroughputOptions = {
  workloads: ["one", "each"],
  count: 500,
  payloadBytes: 200,
  connections: 1,
  streams: 100,
  rounds: 1,
  cores: undefined,
  server: "sink",
  only: undefined,
  tokens: 50,
  profile: undefined,
};

/** ms: many processes are started one after the other. */
export const PATIENCE = 90_000;
