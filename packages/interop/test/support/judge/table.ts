import { LeakWatch } from "@apnskit/testkit/leaks";
import { beforeAll, describe, expect, it } from "vitest";
import type { Case } from "./case.ts";
import type { Stage } from "./scene.ts";
import { tryAll, type Verdict } from "./trial.ts";

const TIMEOUT = 300_000;

/**
 * Registers a test for each case. All cases run before the first test, many at once. A last test checks that
 * they leave nothing behind.
 */
export function describeCases(title: string, stage: () => Stage, cases: readonly Case[]): void {
  describe(title, () => {
    let verdicts: ReadonlyMap<string, Verdict>;
    let leaks: readonly string[];
    beforeAll(async () => {
      const watch = new LeakWatch();
      watch.start();
      verdicts = await tryAll(stage(), cases);
      leaks = await watch.stop();
    }, TIMEOUT);

    for (const { name } of cases) {
      it(name, () => expect(verdicts.get(name)!.join("\n")).toBe(""));
    }
    it("nothing is left behind", () => expect(leaks).toEqual([]));
  });
}
