import { afterAll, beforeAll, describe } from "vitest";
import { type Ending, endings, representatives } from "./support/judge/ending.ts";
import { isOffered } from "./support/judge/node-actions.ts";
import { NodeStage } from "./support/judge/node-stage.ts";
import { pairs } from "./support/judge/sequence.ts";
import { describeCases } from "./support/judge/table.ts";

/** Runs the scripts of hyper-h2 against nghttp2, a second and independent judge. */

describe("nghttp2 (node:http2)", () => {
  let stage: NodeStage;
  beforeAll(async () => {
    stage = await NodeStage.start();
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  const [all, some] = [endings, representatives].map((list) =>
    list.filter(({ step }) => isOffered(step)),
  ) as [Ending[], Ending[]];
  describeCases("connection: each ending", () => stage, pairs(all, [], "connection"));
  describeCases(
    "client: each ending, and one of each kind that can follow",
    () => stage,
    pairs(all, some, "client"),
  );
});
