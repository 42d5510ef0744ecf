import { RedisServer, storeTitle } from "@apnskit/testkit/stores";
import { describe, expect, it } from "vitest";
import { soak } from "../soak/soak.ts";

const available = RedisServer.available();

// A small one; `pnpm soak:campaign --redis --count 1000000 --kills 100` is the long one.
describe.skipIf(!available.installed)(
  `campaigns under kills, suspensions and cuts, on ${storeTitle(RedisServer)}`,
  () => {
    it.each(["resend", "report"] as const)(
      "lose nobody, name everybody in doubt, and double only those, by the policy %s",
      async (policy) => {
        const { differences, report, harms } = await soak({
          kind: "redis",
          count: 2_000,
          kills: 3,
          seed: policy === "resend" ? 2 : 3,
          workers: 3,
          policy,
          lockDuration: 900,
          rangeSize: 250,
        });
        expect(differences).toEqual([]);
        expect(report.state).toBe("finished");
        expect(Object.values(harms).reduce((sum, one) => sum + one)).toBe(3);
      },
      120_000,
    );
  },
);
