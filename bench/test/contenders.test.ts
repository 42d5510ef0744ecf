// Rates are comparable only if every client does the same work, so the server counts what each client sent.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bundle, bundle } from "../src/bundle.ts";
import { ContenderProcess } from "../src/contender-process.ts";
import { ROSTER } from "../src/roster.ts";
import { SINK_SOURCE, startServer } from "../src/server.ts";
import { taskFor } from "../src/throughput.ts";
import { PATIENCE, small } from "./small-options.ts";

const COUNT = 300;

describe("every contender sends each notification once, with the whole payload", () => {
  let files: Bundle;

  beforeAll(async () => {
    files = await bundle([SINK_SOURCE, ...ROSTER.map((entrant) => entrant.source)]);
  }, PATIENCE);

  afterAll(() => files[Symbol.asyncDispose]());

  const cases = ROSTER.flatMap((entrant) => entrant.workloads.map((workload) => ({ entrant, workload })));
  for (const { entrant, workload } of cases) {
    const missing = entrant.missing?.();
    const name = `${entrant.label}, ${workload}`;
    const title = missing === undefined ? name : `${name} (skipped: ${missing})`;
    it.skipIf(missing !== undefined)(
      title,
      async () => {
        const options = { ...small, workload, connections: 2, payloadBytes: 1_024 };
        await using server = await startServer("sink", files, { ...options, cores: undefined });
        await using contender = await ContenderProcess.open(entrant, files, taskFor(server, options), {
          cores: undefined,
        });
        const result = await contender.load({ kind: "closed", count: COUNT, inflight: 50 });
        expect(result).toMatchObject({ count: COUNT, accepted: COUNT, failures: {} });
        expect(result.seconds).toBeGreaterThan(0);
        expect(result.cpuSeconds).toBeGreaterThan(0);
        expect(await server.statistics?.()).toMatchObject({ requests: COUNT, bodyBytes: COUNT * 1_024 });
      },
      PATIENCE,
    );
  }
});
