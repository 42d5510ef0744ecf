import { MockApns } from "@apnskit/mock-server";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { ApnsClient, alert, InvalidNotification, providerToken } from "apnskit";
import { describe, expect, test } from "vitest";
import { apnsIdFor, Campaign, campaignCollapseId, readCampaign } from "../src/index.ts";
import { FakeClient, unregistered } from "./kit/fake-client.ts";
import { Folder, tokens } from "./kit/folder.ts";

failOnLeaks();

const hello = alert({ body: "Hello" });

describe("a campaign", () => {
  test("sends through a client to each recipient once, under the ids that follow from name and place", async () => {
    using folder = new Folder();
    await using server = await MockApns.start({ auth: "anything" });
    await using client = await ApnsClient.open({
      environment: "sandbox",
      origin: server.origin,
      topic: "com.example.app",
      tls: { ca: server.ca },
      auth: providerToken(server.key),
    });
    await using campaign = await Campaign.open({
      client,
      name: "spring",
      recipients: tokens(2500),
      notification: hello,
      journal: folder.file("spring.journal"),
    });
    const report = await campaign.run();
    expect(report).toMatchObject({ state: "finished", accepted: 2500, seen: 2500, count: 2500, pending: 0 });
    const pushes = server.ledger.entries();
    expect(new Set(pushes.map(({ apnsId }) => apnsId)).size).toBe(2500);
    const seventh = pushes.find(({ token }) => token === tokens(1, 7)[0]);
    expect(seventh).toMatchObject({
      apnsId: apnsIdFor("spring", 7),
      collapseId: campaignCollapseId("spring", 7),
    });
  });

  test("tells each outcome with its recipient in a loop", async () => {
    using folder = new Folder();
    const recipients = tokens(300).map((token, number) => ({ token, number }));
    await using campaign = await Campaign.open({
      client: new FakeClient(),
      name: "loop",
      recipients: () => recipients,
      notification: ({ number }) => alert({ body: `Number ${number}` }),
      journal: folder.file("j"),
    });
    const seen = new Set<number>();
    for await (const { index, recipient, outcome } of campaign) {
      expect(outcome.token).toBe(recipient.token);
      expect(recipient.number).toBe(index);
      seen.add(index);
    }
    expect(seen.size).toBe(300);
    expect(campaign.report().state).toBe("finished");
  });

  test("counts what ends otherwise by its reason, and lists each dead token once", async () => {
    using folder = new Folder();
    const client = new FakeClient(({ token }) =>
      token.endsWith("7") ? unregistered(1000) : { result: "accepted" },
    );
    const list = [...tokens(16), ...tokens(16)];
    await using campaign = await Campaign.open({
      client,
      name: "dead",
      recipients: list,
      notification: hello,
      journal: folder.file("j"),
    });
    const report = await campaign.run();
    expect(report).toMatchObject({ accepted: 30, rejected: 2, reasons: { Unregistered: 2 } });
    expect(report.deadTokens).toEqual([
      { index: 7, token: tokens(1, 7)[0], reason: "Unregistered", timestamp: 1000 },
    ]);
    expect((await readCampaign(folder.file("j"))).report.deadTokens).toEqual(report.deadTokens);
  });

  test("a recipient for whom no notification can be made ends as unsent, and the others are sent", async () => {
    using folder = new Folder();
    const client = new FakeClient();
    await using campaign = await Campaign.open({
      client,
      name: "bad",
      recipients: tokens(10),
      notification: (_, index) => {
        if (index === 4) throw new InvalidNotification("body", "missing", "has no text");
        return hello;
      },
      journal: folder.file("j"),
    });
    const outcomes = [];
    for await (const { index, outcome } of campaign) outcomes.push([index, outcome.result]);
    expect(outcomes).toHaveLength(10);
    expect(campaign.report()).toMatchObject({
      state: "finished",
      accepted: 9,
      unsent: 1,
      reasons: { ERR_APNS_INVALID_NOTIFICATION: 1 },
    });
  });

  test("an empty campaign is finished at once", async () => {
    using folder = new Folder();
    await using campaign = await Campaign.open({
      client: new FakeClient(),
      name: "empty",
      recipients: [],
      notification: hello,
      journal: folder.file("j"),
    });
    expect(await campaign.run()).toMatchObject({ state: "finished", count: 0, seen: 0 });
  });
});
