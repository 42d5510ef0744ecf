import type { ThroughputOptions } from "../src/throughput.ts";

/** Enough to show that everything runs. Nothing is pinned, because tests share the machine. */
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

/** ms. The tests start many processes one after the other. */
export const PATIENCE = 90_000;
