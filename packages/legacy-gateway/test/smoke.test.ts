import { failOnLeaks } from "@apnskit/testkit/leaks";
import { expect, it } from "vitest";
import { encodeNotification } from "../src/index.ts";
import { LegacyClient } from "./kit/legacy-client.ts";
import { HELLO, tokenOf, World } from "./kit/world.ts";

failOnLeaks();

it("smoke", async () => {
  await using world = await World.open();
  await using client = await LegacyClient.connect(world.ports.push, world.client);
  world.apns.inject({ kind: "answer", reason: "BadDeviceToken", token: tokenOf(5).toString("hex") });
  for (let i = 0; i < 10; i++) {
    client.send(
      encodeNotification({
        command: 2,
        token: tokenOf(i),
        payload: HELLO,
        identifier: i,
        expiry: 0,
        priority: 10,
      }),
    );
  }
  expect(await client.packet).toEqual({ status: 8, identifier: 5 });
  console.log(
    world.counts,
    world.gateway.stats(),
    world.apns.ledger
      .entries()
      .map((e) => [e.token.slice(-4), e.apnsId, e.pushType, e.priority, e.expiration, e.status]),
    world.gateway.report(),
  );
});
