import type { SeededRandom } from "@apnskit/testkit";
import { apps } from "./apps.ts";
import { deviceToken, expiration, type Notification } from "./notification.ts";
import { type Story, tell } from "./stories.ts";

/**
 * A website push to Safari on a Mac: title, body, button and the arguments of the site's URL, without custom
 * keys.
 */
export function safari(story: Story, random: SeededRandom): Notification {
  const { app, title, body } = tell(story, random);
  return {
    token: deviceToken(random),
    headers: {
      "apns-topic": `web.${apps[app].bundleId}`,
      ...(random.chance(0.5) ? { "apns-push-type": "alert" } : {}),
      ...expiration(random),
    },
    payload: {
      aps: {
        alert: { title: title, body, action: random.pick(["Read", "View", "Lire", "Lesen", "Ver", "読む"]) },
        "url-args": [random.pick(["articles", "live", "matches"]), String(random.integer(1_000, 99_999))],
      },
    },
  };
}
