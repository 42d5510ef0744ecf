import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, it } from "vitest";

const read = (path: string) => readFileSync(resolve(import.meta.dirname, path), "utf8");

it("the README shows the worker of examples/bullmq, which the matrix of runtimes runs", () => {
  const [, block] = /^```js\n(.*?)^```$/ms.exec(read("../README.md"))!;
  const [, ...program] = read("../../../examples/bullmq/worker.mjs").split("\n");
  expect(block).toBe(program.join("\n"));
});
