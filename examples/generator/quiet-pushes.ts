import type { SeededRandom } from "@apnskit/testkit";
import { type AppName, appNames, apps } from "./apps.ts";
import { appHeaders, deviceToken, expiration, type Notification } from "./notification.ts";

/** Pushes that wake an app or extension and show nothing. */

export function background(random: SeededRandom): Notification {
  const app = random.pick(appNames);
  return {
    token: deviceToken(random),
    // Priority 10 is an error for this type (Apple, "Pushing background updates to your App").
    headers: { ...appHeaders("background", apps[app].bundleId), "apns-priority": "5", ...expiration(random) },
    payload: {
      aps: { "content-available": 1 },
      ...(random.chance(0.7)
        ? {
            sync: {
              kind: random.pick(["inbox", "settings", "badges", "offline-map", "keys"]),
              cursor: random.bytes(9).toString("base64url"),
            },
          }
        : {}),
      ...(random.chance(0.2) ? apps[app].custom(random) : {}),
    },
  };
}

export function widgets(random: SeededRandom): Notification {
  return reload("widgets", random);
}

export function controls(random: SeededRandom): Notification {
  return reload("controls", random);
}

function reload(type: "widgets" | "controls", random: SeededRandom): Notification {
  return {
    token: deviceToken(random),
    headers: {
      ...appHeaders(
        type,
        apps[random.pick<AppName>(["weather", "bank", "home", "agenda", "transit", "sports"])].bundleId,
      ),
      ...expiration(random),
    },
    payload: { aps: { "content-changed": true } },
  };
}

export function complication(random: SeededRandom): Notification {
  const app = random.pick<AppName>(["weather", "health", "transit", "sports", "agenda"]);
  return {
    token: deviceToken(random),
    headers: {
      ...appHeaders("complication", apps[app].bundleId),
      "apns-priority": random.pick(["5", "10"]),
      "apns-expiration": "0",
    },
    payload: {
      aps: {},
      family: random.pick(["modularSmall", "utilitarianLarge", "graphicCircular", "graphicBezel"]),
      text: random.pick([
        "☀️ 24°",
        "❄️ −7°",
        "⏱ 07:41",
        "3–1",
        "♥ 64",
        "次は京都",
        "الآن",
        "½ Liter",
        "Zug +5",
      ]),
      gauge: random.integer(0, 100) / 100,
    },
  };
}

export function location(random: SeededRandom): Notification {
  return {
    token: deviceToken(random),
    headers: { ...appHeaders("location", apps.social.bundleId), "apns-priority": random.pick(["5", "10"]) },
    payload: {
      aps: {},
      query: random.bytes(8).toString("hex"),
      asks: random.pick(["Mum", "Opa", "さくら", "Dídac"]),
    },
  };
}

/** Only the working set can be signalled to a replicated extension (Apple, "Using push notifications to signal changes"). */
export function fileProvider(random: SeededRandom): Notification {
  return {
    token: deviceToken(random),
    headers: { ...appHeaders("fileprovider", "com.example.stowage"), ...expiration(random) },
    payload: {
      "container-identifier": "NSFileProviderWorkingSetContainerItemIdentifier",
      domain: random.pick(["personal", "work", "Université", "家族の写真", "archive-2019"]),
    },
  };
}

/** The topic is from the MDM push certificate. The body holds the device's PushMagic and no `aps`. */
export function mdm(random: SeededRandom): Notification {
  return {
    token: deviceToken(random),
    headers: {
      "apns-push-type": "mdm",
      "apns-topic": "com.apple.mgmt.External.7c3f0a52-9d1b-4e0e-8f6b-2f5f1c3a9e41",
      ...(random.chance(0.5) ? { "apns-priority": "10" } : {}),
      ...expiration(random),
    },
    payload: {
      mdm: random
        .bytes(16)
        .toString("hex")
        .toUpperCase()
        .replace(/^(.{8})(.{4})(.{4})(.{4})/u, "$1-$2-$3-$4-"),
    },
  };
}

/**
 * A push for a Wallet pass only reports a change: the body is `{}` (Apple, "Adding a Web Service to Update
 * Passes").
 */
export function walletPass(random: SeededRandom): Notification {
  const pass = random.pick(["boarding", "loyalty", "concert", "gym", "library"]);
  return {
    token: deviceToken(random),
    headers: {
      "apns-topic": `pass.com.example.${pass}`,
      // Apple documents no push type for passes. Some senders use `background`, which takes priority 5.
      ...(random.chance(0.5) ? { "apns-push-type": "background", "apns-priority": "5" } : {}),
    },
    payload: {},
  };
}
