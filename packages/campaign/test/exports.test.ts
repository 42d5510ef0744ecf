import { expect, test } from "vitest";
import * as campaign from "../src/index.ts";

test("the package exports these names", () => {
  expect(Object.keys(campaign).sort()).toEqual([
    "Campaign",
    "CampaignDiffers",
    "CampaignMissing",
    "CampaignStarted",
    "CampaignUnfinished",
    "ClaimLost",
    "FileJournal",
    "JournalDamaged",
    "JournalFailed",
    "JournalInUse",
    "RecipientsChanged",
    "apnsIdFor",
    "campaignCollapseId",
    "cancelCampaign",
    "readCampaign",
    "readRecord",
    "removeCampaign",
    "writeRecord",
  ]);
});
