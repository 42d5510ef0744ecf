import { apnsIdFor, campaignCollapseId } from "@apnskit/campaign";
import { describe, expect, it } from "vitest";
import { judge } from "../soak/verdict.ts";
import type { CampaignReport } from "../src/index.ts";

const report: CampaignReport = {
  name: "sale",
  count: 4,
  state: "finished",
  accepted: 4,
  rejected: 0,
  unsent: 0,
  unknown: 0,
  inDoubt: 0,
  pending: 0,
  inDoubtPolicy: "resend",
  inDoubtRecipients: [],
  unknownRecipients: [],
  unsentRecipients: [],
  resentRecipients: [],
  reasons: {},
  deadTokens: [],
};

/** @param times how often each recipient was acted on */
function acted(times: readonly number[], otherCollapseId?: number) {
  const byApnsId = new Map(times.map((count, index) => [apnsIdFor("sale", index), count]));
  const byCollapseId = new Map(times.map((count, index) => [campaignCollapseId("sale", index), count]));
  return {
    byApnsId: (id: string) => byApnsId.get(id) ?? 0,
    byCollapseId: (id: string) =>
      otherCollapseId !== undefined && id === campaignCollapseId("sale", otherCollapseId)
        ? 9
        : (byCollapseId.get(id) ?? 0),
    total: times.reduce((sum, one) => sum + one),
  };
}

describe("the verdict of a soak", () => {
  it("has nothing to say about a campaign that reached everyone once", () => {
    expect(judge(report, acted([1, 1, 1, 1]), "resend", () => true)).toMatchObject({
      differenceCount: 0,
      lost: 0,
    });
  });

  it.each<[string, Partial<CampaignReport>, number[], RegExp, number?]>([
    ["someone who was lost", {}, [1, 0, 1, 1], /1 was never acted on/],
    ["someone who was doubled and not named", {}, [1, 2, 1, 1], /1 was acted on 2 times and was not named/],
    ["a campaign that is not finished", { state: "running" }, [1, 1, 1, 1], /is running/],
    ["figures that do not add up", { pending: 1 }, [1, 1, 1, 1], /5 of 4 recipients/],
    ["two collapse ids of one recipient", {}, [1, 1, 1, 1], /2 has several ids/, 2],
    [
      "acceptances that never were",
      { accepted: 4 },
      [1, 1, 1, 0],
      /4 are reported as accepted, 3 were acted on/,
    ],
    [
      "someone who was acted on although reported as unsent",
      { accepted: 3, unsent: 1, unsentRecipients: [{ from: 1, to: 2 }] },
      [1, 1, 1, 1],
      /1 is reported as unsent, and was acted on/,
    ],
    ["acts that are not reported", { accepted: 2, rejected: 2 }, [1, 1, 1, 1], /2 acts are not reported/],
  ])("tells of %s", (_, more, times, sentence, other) => {
    const { differences } = judge({ ...report, ...more }, acted(times, other), "resend", () => true);
    expect(differences.join("\n")).toMatch(sentence);
  });

  it("has nothing to say about someone who is named as unsent, and got nothing", () => {
    const named = { ...report, accepted: 3, unsent: 1, unsentRecipients: [{ from: 1, to: 2 }] };
    expect(judge(named, acted([1, 0, 1, 1]), "resend", () => true).differences).toEqual([]);
  });

  it("tells of someone who was doubled under the policy report, although named", () => {
    const named = { ...report, accepted: 3, inDoubt: 1, inDoubtRecipients: [{ from: 1, to: 2 }] };
    expect(judge(named, acted([1, 1, 1, 1]), "report", () => true).differences).toEqual([]);
    expect(judge(named, acted([1, 2, 1, 1]), "report", () => true).differences).toHaveLength(1);
  });
});
