import { describe, expect, test } from "vitest";
import { FileArena } from "../soak/file-arena.ts";
import { soak } from "../soak/soak.ts";

describe("a process that is killed by SIGKILL at random moments", () => {
  test.each(["resend", "report"] as const)(
    "loses no recipient, doubles only those in doubt, and names them (%s)",
    async (inDoubt) => {
      await using arena = new FileArena();
      const result = await soak({ count: 12_000, kills: 3, seed: 7, inDoubt, arena });
      expect(result.differences).toEqual([]);
      expect(result.kills).toBeGreaterThan(0);
    },
    180_000,
  );
});
