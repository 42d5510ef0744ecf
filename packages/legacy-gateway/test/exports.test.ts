import { expect, it } from "vitest";
import * as gateway from "../src/index.ts";

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
