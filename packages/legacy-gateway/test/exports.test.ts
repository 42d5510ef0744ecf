import { inspect } from "node:util";
import { expect, it } from "vitest";
import * as gateway from "../src/index.ts";
import { World } from "./kit/world.ts";

it("exports what the README names, and nothing else", () => {
  expect(Object.keys(gateway).sort()).toEqual([
    "ERROR_PACKET_LENGTH",
    "ErrorPacketDecoder",
    "FeedbackDecoder",
    "GatewayListenFailed",
    "GatewayStateFailed",
    "LegacyGateway",
    "NotificationDecoder",
    "Status",
    "encodeErrorPacket",
    "encodeFeedbackTuple",
    "encodeNotification",
    "statusName",
  ]);
});

it("shows a gateway in one line", async () => {
  await using world = await World.open();
  expect(inspect(world.gateway)).toBe(
    "LegacyGateway { pushConnections: 0, feedbackConnections: 0, apps: [ 'com.example.app sandbox' ] }",
  );
});
