import { createHash } from "node:crypto";
import type { SeededRandom } from "@apnskit/testkit";
import { apps } from "./apps.ts";
import { appHeaders, deviceToken, expiration, type Notification, type Payload } from "./notification.ts";
import { type Story, type Telling, tell } from "./stories.ts";

/**
 * An alert as its app would send it: text or dictionary, some with badge, sound, grouping and custom keys.
 */
export function alert(story: Story, random: SeededRandom): Notification {
  const telling = tell(story, random);
  const thread = apps[telling.app].thread(random);
  return {
    token: deviceToken(random),
    headers: alertHeaders(apps[telling.app].bundleId, thread, random),
    payload: random.chance(0.85) ? fullPayload(telling, thread, random) : barePayload(telling, random),
  };
}

export function alertHeaders(bundleId: string, thread: string, random: SeededRandom): Record<string, string> {
  const priority = random.weighted({ absent: 30, "10": 45, "5": 20, "1": 5 });
  return {
    ...appHeaders("alert", bundleId),
    ...(priority === "absent" ? {} : { "apns-priority": priority }),
    ...expiration(random),
    ...(random.chance(0.3) ? { "apns-collapse-id": collapseId(thread, random) } : {}),
  };
}

/**
 * At most 64 bytes (Apple, "Sending notification requests to APNs"), the length of a SHA-256 digest in
 * hexadecimal.
 */
function collapseId(thread: string, random: SeededRandom): string {
  return random.chance(0.2) ? createHash("sha256").update(thread).digest("hex") : thread;
}

/** A badge alone, a sound alone, or the text as a string: the smallest alerts that Apple allows. */
function barePayload({ title, body }: Telling, random: SeededRandom): Payload {
  switch (random.weighted({ badge: 3, clear: 2, sound: 2, text: 5 })) {
    case "badge":
      return { aps: { badge: random.integer(1, 120) } };
    case "clear":
      return { aps: { badge: 0 } };
    case "sound":
      return { aps: { sound: "default" } };
    case "text":
      return { aps: { alert: title === "" ? body : `${title}: ${body}` } };
  }
}

function fullPayload({ app, title, body }: Telling, thread: string, random: SeededRandom): Payload {
  const { category, custom, level, sound } = apps[app];
  const critical = level === "time-sensitive" && random.chance(0.08);
  return {
    aps: {
      alert: {
        ...(title === "" ? {} : { title }),
        body,
        ...(random.chance(0.05) ? { "launch-image": `${category.toLowerCase()}.png` } : {}),
      },
      ...(random.chance(0.4) ? { badge: random.integer(0, 40) } : {}),
      ...(critical
        ? {
            sound: { critical: 1, name: sound, volume: random.integer(3, 10) / 10 },
            "interruption-level": "critical",
          }
        : {
            ...(random.chance(0.6) ? { sound: random.chance(0.6) ? "default" : sound } : {}),
            ...(random.chance(0.35) ? { "interruption-level": level } : {}),
          }),
      ...(random.chance(0.45) ? { "thread-id": thread } : {}),
      ...(random.chance(0.4) ? { category } : {}),
      ...(random.chance(0.25) ? { "mutable-content": 1 } : {}),
      ...(random.chance(0.08) ? { "target-content-id": `${app}/${random.integer(1, 99)}` } : {}),
      ...(random.chance(0.15) ? { "relevance-score": random.integer(0, 20) / 20 } : {}),
      ...(random.chance(0.05) ? { "filter-criteria": random.pick(["work", "home", "sleep"]) } : {}),
    },
    ...(random.chance(0.6) ? custom(random) : {}),
  };
}

// Keys as in an app's Localizable.strings, with arguments that the device fills in.
const localised = [
  { app: "games", title: "GAME_TURN_TITLE", key: "GAME_TURN_%1$@_%2$@", args: ["Żaneta", "Nf3"] },
  {
    app: "games",
    title: "CLAN_INVITE_TITLE",
    key: "CLAN_INVITE_FORMAT",
    args: ["吉田", "The Lanterns", "12"],
  },
  { app: "chat", title: "CALL_MISSED_TITLE", key: "CALL_MISSED_FORMAT", args: ["Øyvind"] },
  { app: "chat", title: "GROUP_RENAMED", key: "GROUP_RENAMED_FORMAT", args: ["مريم", "رحلة الجمعة 🏕️"] },
  {
    app: "bank",
    title: "PAYMENT_IN_TITLE",
    key: "PAYMENT_IN_FORMAT",
    args: ["1.250,00 €", "Stadtwerke Köln"],
  },
  { app: "transit", title: "DELAY_TITLE_%@", key: "DELAY_FORMAT", args: ["RE 5", "25", "Koblenz Hbf"] },
  { app: "sports", title: "GOAL_TITLE", key: "GOAL_FORMAT", args: ["3", "2", "வீரன்"] },
  { app: "home", title: "DOOR_TITLE", key: "DOOR_OPENED_AT_FORMAT", args: ["22:41"] },
  { app: "shop", title: "PICKUP_TITLE", key: "PICKUP_CODE_FORMAT", args: ["8-3-1207", "杭州店"] },
] as const;

/** An alert whose texts are keys that the device looks up in its own language. */
export function localisedAlert(random: SeededRandom): Notification {
  const { app, title, key, args } = random.pick(localised);
  const shown = args.map((arg) => (/^\d+$/u.test(arg) ? String(random.integer(1, 60)) : arg));
  return {
    token: deviceToken(random),
    headers: alertHeaders(apps[app].bundleId, apps[app].thread(random), random),
    payload: {
      aps: {
        alert: {
          "title-loc-key": title,
          "title-loc-args": shown.slice(0, 1),
          ...(random.chance(0.4)
            ? { "subtitle-loc-key": `${title}_SUB`, "subtitle-loc-args": shown.slice(-1) }
            : {}),
          "loc-key": key,
          "loc-args": shown,
        },
        ...(random.chance(0.5) ? { badge: random.integer(1, 9) } : {}),
        sound: "default",
      },
      ...(random.chance(0.5) ? apps[app].custom(random) : {}),
    },
  };
}
