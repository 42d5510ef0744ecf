import { expect, test } from "vitest";
import { runDemo } from "../campaign/demo.ts";

test("the campaign demo loses no recipient, and doubles only those in doubt", async () => {
  const lines: string[] = [];
  const { acted, wereInDoubt, report } = await runDemo(6000, (line) => lines.push(line));
  expect(report).toMatchObject({ state: "finished", accepted: 6000 });
  expect(acted[0]).toBe(0);
  expect(acted[2]).toBe(wereInDoubt);
  expect(lines.join("\n")).toContain("acted on never  0");
}, 180_000);
