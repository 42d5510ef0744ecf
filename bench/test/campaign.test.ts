import { RedisServer } from "@apnskit/testkit/stores";
import { expect, it } from "vitest";
import { measureCampaign, WAYS } from "../src/campaign.ts";
import { campaignPublication } from "../src/campaign-page.ts";
import { thisMachine } from "../src/machine.ts";
import { silentProgress } from "../src/progress.ts";
import { PATIENCE } from "./small-options.ts";

const hasRedis = RedisServer.available().installed;

it(
  "measures what the journal and BullMQ cost over sendMany alone, and the memory of a long campaign",
  async () => {
    const ways = hasRedis ? WAYS : WAYS.filter((way) => way !== "bullmq");
    const report = await measureCampaign(
      { count: 300, long: 1_000, rounds: 2, connections: 1, server: "sink", ways },
      silentProgress,
    );
    expect(report.rounds.map((runs) => runs.map(({ way }) => way))).toEqual([ways.toReversed(), ways]);
    for (const run of report.rounds.flat()) expect([run.accepted, run.cpuSeconds > 0]).toEqual([300, true]);
    expect(report.overheads.map(({ way, over }) => [way, over])).toEqual([
      ["campaign", "sendMany"],
      ["campaign", "one"],
      ...(hasRedis
        ? [
            ["bullmq", "sendMany"],
            ["bullmq", "one"],
          ]
        : []),
    ]);
    expect(report.long).toMatchObject({ accepted: 1_000, way: "campaign" });
    expect(report.long!.journal).toBeGreaterThan(0);
    const { text } = campaignPublication(report, thisMachine());
    expect(text).toContain("| campaign with the file journal |");
    expect(text).toContain("A campaign of 1,000 recipients with the journal");
  },
  PATIENCE,
);
