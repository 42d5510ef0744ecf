import { describe, expect, it } from "vitest";
import {
  alert,
  InvalidNotification,
  liveActivityEnd,
  liveActivityStart,
  liveActivityUpdate,
  raw,
} from "../src/index.ts";
import { broadcastHeaders } from "../src/notifications/broadcast-headers.ts";

const CHANNEL = "dHN0LXNyY2gtY2hubA==";
const ID = "f4121b12-e0bf-3266-f079-d9253e98bf49";

describe("a broadcast's headers", () => {
  it("have push type, channel, priority and expiration, but neither topic nor collapse id", () => {
    const update = liveActivityUpdate({ contentState: {}, collapseId: "c" });
    expect(broadcastHeaders(update, CHANNEL)).toEqual({
      "apns-push-type": "liveactivity",
      "apns-channel-id": CHANNEL,
      "apns-priority": "10",
      "apns-expiration": "0",
    });
  });

  it("follow the notification", () => {
    const end = liveActivityEnd({ priority: 1, expiration: new Date("2026-06-01T12:00:00Z"), id: ID });
    expect(broadcastHeaders(end, CHANNEL)).toMatchObject({
      "apns-priority": "1",
      "apns-expiration": "1780315200",
      "apns-request-id": ID,
    });
  });

  it("have a priority and an expiration for a raw notification as well", () => {
    const headers = broadcastHeaders(raw({ pushType: "liveactivity", payload: {} }), CHANNEL);
    expect(headers).toMatchObject({ "apns-priority": "10", "apns-expiration": "0" });
  });

  it.each([
    ["an alert", alert({ title: "a" })],
    [
      "the start of a Live Activity",
      liveActivityStart({ attributesType: "A", attributes: {}, contentState: {}, alert: { title: "a" } }),
    ],
  ])("are refused to %s", (_, notification) => {
    expect(() => broadcastHeaders(notification, CHANNEL)).toThrow(InvalidNotification);
  });

  it("are refused to what is no notification", () => {
    for (const wrong of [undefined, null, {}, "text"]) {
      expect(() => broadcastHeaders(wrong as never, CHANNEL)).toThrow(InvalidNotification);
    }
  });

  it.each(["", "a b", "a\r\nb", "a".repeat(129), undefined, null, 7])(
    "are refused for the channel id %j",
    (channelId) => {
      const attempt = () => broadcastHeaders(liveActivityEnd(), channelId as string);
      expect(attempt).toThrow(InvalidNotification);
    },
  );
});
