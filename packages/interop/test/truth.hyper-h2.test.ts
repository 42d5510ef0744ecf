import { afterAll, beforeAll, describe } from "vitest";
import type { Case } from "./support/judge/case.ts";
import { endings, representatives } from "./support/judge/ending.ts";
import { H2Stage } from "./support/judge/h2-stage.ts";
import { ruins } from "./support/judge/ruin.ts";
import { pairs } from "./support/judge/sequence.ts";
import { sieges } from "./support/judge/siege.ts";
import { describeCases } from "./support/judge/table.ts";
import { title } from "./support/servers.ts";

/** Compares the engine's outcomes with the ledger of a server on hyper-h2, over sequences of faults. */

const server = { name: "hyper-h2", available: H2Stage.available() };

describe.skipIf(!server.available.installed)(title(server), () => {
  let stage: H2Stage;
  beforeAll(async () => {
    stage = await H2Stage.start();
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  const table = (title: string, cases: readonly Case[]) => describeCases(title, () => stage, cases);
  // The client uses the pool, so the client's table tries all following endings.
  table("connection: each ending", pairs(endings, [], "connection"));
  table("pool: each ending, and one of each kind that can follow", pairs(endings, representatives, "pool"));
  table("client: each ending, and each that can follow", pairs(endings, endings, "client"));
  for (const layer of ["pool", "client"] as const) {
    table(`${layer}: an ending, a refusal, and then the server is gone`, ruins(layer));
    table(`${layer}: the same answer until time is up`, sieges(layer));
  }
});
