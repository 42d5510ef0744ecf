import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Pool, Request } from "@apnskit/pool";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, it } from "vitest";
import { H2Stage } from "./support/judge/h2-stage.ts";
import { title } from "./support/servers.ts";

/** A server announces the largest window but reads nothing, while notifications expire by the thousand. */

failOnLeaks();

const server = { name: "hyper-h2", available: H2Stage.available() };

/** With `APNSKIT_FULL_LOAD=1`, as many as in the run that found the defect. Otherwise as few as show it. */
const COUNT = process.env.APNSKIT_FULL_LOAD === "1" ? 100_000 : 10_000;
const BODY = "x".repeat(4_000);

const MEGABYTE = 1_000_000;
/** Without a bound, each notification would take 4 KB. */
const MOST = 16 * MEGABYTE;

const collect = (() => {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
})();

function bytesHeld(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe.skipIf(!server.available.installed)(title(server), () => {
  it(`${COUNT.toLocaleString("en")} bodies of 4 KB to a server that reads nothing take bounded memory`, async () => {
    await using stage = await H2Stage.start();
    await using scene = await stage.open({
      connections: [
        {
          settings: { initialWindowSize: 2 ** 31 - 1 },
          connectionWindow: 2 ** 31 - 1,
          begin: [{ read: false }],
        },
      ],
    });
    await using pool = await Pool.open(scene.origin, {
      tls: { ca: scene.ca },
      // The connection is slow but not dead, so the pool must not replace it to save memory.
      pingInterval: Number.POSITIVE_INFINITY,
      pingTimeout: 600_000,
    });
    const template = Request.of("/3/device/00", { "apns-topic": "com.example.app" }, BODY, { timeout: 60 });
    function* requests() {
      for (let index = 0; index < COUNT; index++) {
        yield template.to(`/3/device/${index.toString(16).padStart(64, "0")}`);
      }
    }
    const before = bytesHeld();
    let most = 0;
    let settled = 0;
    for await (const { error } of pool.postAll(requests(), { concurrency: 2_000 })) {
      expect(error?.name).toBe("Timeout");
      if (++settled % 1_000 === 0) most = Math.max(most, bytesHeld() - before);
    }
    const left = bytesHeld() - before;
    expect(settled).toBe(COUNT);
    expect({ most, left, bounded: most < MOST && left < MOST / 2 }).toMatchObject({ bounded: true });
    await pool.close();
  }, 120_000);
});
