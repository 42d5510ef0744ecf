import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MockApns } from "@apnskit/mock-server";
import { describe, expect, inject, it } from "vitest";
import { campaignProgram } from "../src/campaign-program.ts";
import { outputOf } from "../src/program.ts";
import { RUNTIMES } from "../src/runtimes.ts";
import { runtimeBinary } from "../src/tools.ts";

const unavailable = inject("unavailable");
const project = inject("project");

describe.skipIf(unavailable)(
  "a campaign with a journal stops, resumes, and reaches every recipient once",
  () => {
    describe.each(RUNTIMES)("under $name,", ({ name, commandArgs }) => {
      const binary = runtimeBinary(name);
      it.skipIf(binary === undefined).each(["mjs", "cjs"] as const)("as %s", async (kind) => {
        await using server = await MockApns.start({ ledger: { tally: ["apns-id"] } });
        const folder = join(project, `campaign-${name}-${kind}`);
        mkdirSync(folder, { recursive: true });
        writeFileSync(join(folder, `program.${kind}`), campaignProgram(kind));
        const { origin, ca, key } = server;
        writeFileSync(
          join(folder, "errand.json"),
          JSON.stringify({ origin, ca, key: { ...key, key: String(key.key) } }),
        );
        const output = await outputOf(binary!, [...commandArgs, `program.${kind}`], folder);
        expect(JSON.parse(output)).toEqual({
          stopped: { state: "stopped", accepted: expect.any(Number) },
          read: "stopped",
          finished: { state: "finished", accepted: 300, inDoubt: 0 },
          again: 0,
          refused: "ERR_APNS_CAMPAIGN_DIFFERS",
        });
        expect(server.ledger.totals.acted).toBe(300);
        expect(server.ledger.apnsIds?.summary()).toMatchObject({ repeated: 0 });
      });
    });
  },
);
