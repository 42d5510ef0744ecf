import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { expect, it } from "vitest";
import * as gateway from "../src/index.ts";
import * as internal from "../src/internal.ts";
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

it("gives other packages of this project the names of plain options, which the README names all", () => {
  expect(Object.keys(internal).sort()).toEqual(["DATA_KEYS_OF_AN_APP", "DATA_KEYS_OF_TLS", "DATA_OPTIONS"]);
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const words = new Set(readme.match(/\w+/g));
  expect(Object.values(internal).flatMap((names) => names.filter((name) => !words.has(name)))).toEqual([]);
  expect(internal.DATA_OPTIONS).toContain("window");
});

it("shows a gateway in one line", async () => {
  await using world = await World.open();
  expect(inspect(world.gateway)).toBe(
    "LegacyGateway { pushConnections: 0, feedbackConnections: 0, apps: [ 'com.example.app sandbox' ] }",
  );
});
