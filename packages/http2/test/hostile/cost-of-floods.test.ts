import { expect, test } from "vitest";
import { floods, unleash } from "../support/floods.ts";
import { retainedBy } from "../support/memory.ts";

/** Time is measured by `pnpm bench:floods`; what can be counted is counted here. */

const MOST = { octets: 200_000, reads: 20_000 };

test.each(floods)("$name: output and memory are in proportion to what the server sends", (flood) => {
  const harness = flood.prepare();
  let cost: ReturnType<typeof unleash> | undefined;
  const retained = retainedBy(() => {
    cost = unleash(flood, harness, MOST);
    return harness;
  });
  const { input, output, bodyOctets, ended } = cost!;
  // The octets of bodies are the client's own; the rest is what the server has made it write.
  expect(output - bodyOctets).toBeLessThanOrEqual(8 * input + 100_000);
  expect(retained).toBeLessThan(1_000_000 + 2 * input);
  expect(ended || input >= MOST.octets || harness.session.openStreams === 0).toBe(true);
});
