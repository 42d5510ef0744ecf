import { PostgresServer, RedisServer, storeTitle } from "@apnskit/testkit/stores";
import { describe, expect, test } from "vitest";
import { runDemo } from "../campaign/demo.ts";
import { runSharedDemo } from "../campaign/shared-demo.ts";

test("the campaign demo loses no recipient, and doubles only those in doubt", async () => {
  const lines: string[] = [];
  const { acted, wereInDoubt, report } = await runDemo(6000, (line) => lines.push(line));
  expect(report).toMatchObject({ state: "finished", accepted: 6000 });
  expect(acted[0]).toBe(0);
  expect(acted[2]).toBe(wereInDoubt);
  expect(lines.join("\n")).toContain("acted on never  0");
}, 180_000);

describe.each([
  ["redis", RedisServer],
  ["postgres", PostgresServer],
] as const)("the campaign demo with --%s", (kind, server) => {
  test.skipIf(!server.available().installed)(
    `loses no recipient, and doubles only those in doubt, on ${storeTitle(server)}`,
    async () => {
      await using use = await server.start();
      const lines: string[] = [];
      const { url } = use;
      const { acted, wereInDoubt, report } = await runSharedDemo(6000, { kind, url }, (line) =>
        lines.push(line),
      );
      expect(report).toMatchObject({ state: "finished", accepted: 6000 });
      expect(acted[0]).toBe(0);
      expect(acted[2]).toBe(wereInDoubt);
      expect(lines.join("\n")).toContain("acted on never  0");
    },
    180_000,
  );
});
