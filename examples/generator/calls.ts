import type { SeededRandom } from "@apnskit/testkit";
import { apps } from "./apps.ts";
import { appHeaders, deviceToken, longDeviceToken, type Notification } from "./notification.ts";

const callers = [
  "Mum",
  "Dr. Okafor",
  "Jiří",
  "奶奶",
  "สมชาย",
  "Ødegård & Sønner",
  "مريم",
  "Front desk",
  "👩‍🚒 Station 7",
  "ნინო",
  "할머니",
];

/** An incoming call. VoIP bodies may have 5,120 bytes; these stay small, as a ringing phone should. */
export function voip(random: SeededRandom): Notification {
  return {
    token: deviceToken(random),
    headers: { ...appHeaders("voip", apps.chat.bundleId), "apns-priority": "10", "apns-expiration": "0" },
    payload: {
      aps: {},
      call: random
        .bytes(16)
        .toString("hex")
        .replace(/^(.{8})(.{4})(.{4})(.{4})/u, "$1-$2-$3-$4-"),
      handle: { kind: random.pick(["phone", "sip", "user"]), value: random.pick(callers) },
      video: random.chance(0.4),
      ...(random.chance(0.3) ? { offer: random.bytes(random.integer(60, 900)).toString("base64") } : {}),
    },
  };
}

/** Priority 10 and expiration 0 are required (Apple, "Creating a Push to Talk app"). */
export function pushToTalk(random: SeededRandom): Notification {
  const event = random.weighted({ speaks: 70, stops: 20, refresh: 10 });
  return {
    token: longDeviceToken(random),
    headers: {
      ...appHeaders("pushtotalk", "com.example.walkie"),
      "apns-priority": "10",
      "apns-expiration": "0",
    },
    payload:
      event === "refresh"
        ? { aps: { "ptt-push-type": "service-update" } }
        : {
            aps: {},
            ...(event === "speaks"
              ? { activeSpeaker: random.pick(callers) }
              : { leaveChannel: random.chance(0.3) }),
            channel: random.pick(["Ski patrol", "工地三號", "Night shift", "Équipe scène", "Θάλασσα"]),
          },
  };
}
