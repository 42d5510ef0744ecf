import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { MockApns } from "@apnskit/mock-server";
import { expect, it } from "vitest";
import { alert, type Pair } from "../src/index.ts";
import { openClient, tokenOf } from "./kit/clients.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Megabytes of the heap that are still in use. */
function heap(): number {
  collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

// bench/memory.ts is the long version, with a million.
it("sendMany keeps nothing of what is over", async () => {
  const pairs = 24_000;
  function* source(): Generator<Pair> {
    // A notification of 1 KB each: if they stayed, they alone would take 24 MB.
    for (let n = 0; n < pairs; n++)
      yield [tokenOf(n), alert({ title: `number ${n}`, body: "x".repeat(1_000) })];
  }
  await using server = await MockApns.start({ ledger: { capacity: 0, payloads: false } });
  await using apns = await openClient(server);
  let count = 0;
  let warm = 0;
  for await (const { result } of apns.sendMany(source(), { concurrency: 500 })) {
    expect(result).toBe("accepted");
    if (++count === pairs / 3) warm = heap();
  }
  expect(count).toBe(pairs);
  expect(heap() - warm).toBeLessThan(6);
});
