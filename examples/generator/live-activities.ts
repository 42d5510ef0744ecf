import type { SeededRandom } from "@apnskit/testkit";
import { apps } from "./apps.ts";
import { appHeaders, expiration, longDeviceToken, type Notification, type Payload } from "./notification.ts";

interface Activity {
  readonly app: keyof typeof apps;
  readonly type: string;
  attributes(random: SeededRandom): Payload;
  state(random: SeededRandom): Payload;
  /** The alert on the lock screen when the activity starts or changes. */
  readonly alert: Payload;
}

const seconds = (random: SeededRandom) => 1_780_000_000 + random.integer(0, 15_000_000);
const teams = ["Harbour City", "Fjordby IF", "名古屋", "الأهلي", "Śląsk", "Ñublense", "Αθήνα", "Rovers"];
const drivers = ["Amara", "Zdeněk", "陳先生", "Þórdís", "ประเสริฐ", "Lucía"];

const activities: readonly Activity[] = [
  {
    app: "food",
    type: "DeliveryAttributes",
    attributes: (random) => ({
      order: random.integer(100, 999),
      restaurant: random.pick(["Saffron", "麺屋 さくら", "El Fogón", "Mam’s Kitchen"]),
    }),
    state: (random) => ({
      step: random.pick(["accepted", "cooking", "picked-up", "nearby"]),
      minutes: random.integer(1, 45),
      rider: random.pick(drivers),
    }),
    alert: {
      title: "Your food is on its way",
      body: { "loc-key": "RIDER_FORMAT", "loc-args": ["Amara", "8"] },
      sound: "bell.caf",
    },
  },
  {
    app: "sports",
    type: "MatchAttributes",
    attributes: (random) => ({
      home: random.pick(teams),
      away: random.pick(teams),
      round: random.integer(1, 38),
    }),
    state: (random) => ({
      home: random.integer(0, 5),
      away: random.integer(0, 5),
      minute: random.integer(1, 95),
      scorers: [random.pick(drivers)],
    }),
    alert: { title: { "loc-key": "KICK_OFF" }, body: "The teams are on the pitch ⚽️", sound: "whistle.caf" },
  },
  {
    app: "travel",
    type: "FlightAttributes",
    attributes: (random) => ({
      flight: `QZ${random.integer(100, 999)}`,
      from: "KEF",
      to: random.pick(["HND", "BOG", "MCT", "TRD"]),
    }),
    state: (random) => ({
      gate: `B${random.integer(1, 40)}`,
      boarding: seconds(random),
      status: random.pick(["on time", "boarding", "delayed", "landed"]),
    }),
    alert: { title: "Boarding has begun", body: "Have your pass ready ✈️", sound: "gong.caf" },
  },
  {
    app: "transit",
    type: "RideAttributes",
    attributes: (random) => ({
      line: random.pick(["U6", "RER B", "中央線", "Tram 26"]),
      direction: random.pick(["Nord", "Aéroport", "東京", "Újpest"]),
    }),
    state: (random) => ({
      stops: random.integer(0, 14),
      delay: random.integer(-30, 900),
      crowded: random.chance(0.4),
    }),
    alert: { title: "Get off at the next stop", body: "Doors open on the left", sound: "chime.caf" },
  },
  {
    app: "health",
    type: "WorkoutAttributes",
    attributes: (random) => ({
      kind: random.pick(["run", "row", "swim", "hike"]),
      goal: random.integer(2, 42) * 1000,
    }),
    state: (random) => ({
      metres: random.integer(0, 42_000),
      pulse: random.integer(88, 186),
      lap: random.integer(1, 24),
    }),
    alert: {
      title: "Halfway there 🏁",
      body: { "loc-key": "PACE_FORMAT", "loc-args": ["5:12"] },
      sound: "default",
    },
  },
  {
    app: "home",
    type: "ChargingAttributes",
    attributes: (random) => ({
      vehicle: random.pick(["Zoë’s car", "Vans 2", "자전거"]),
      connector: random.pick(["CCS", "Type 2"]),
    }),
    state: (random) => ({
      percent: random.integer(1, 100),
      kilowatts: random.integer(20, 1_500) / 10,
      cost: random.integer(0, 4_000),
    }),
    alert: { title: "Charging", body: "Cheap power until 06:00 🔌", sound: "default" },
  },
];

/**
 * A Live Activity push. Most pushes update an activity, some start one (with a push-to-start token), some end
 * one.
 */
export function liveActivity(random: SeededRandom): Notification {
  const activity = random.pick(activities);
  const event = random.weighted({ start: 20, update: 62, end: 18 });
  const timestamp = seconds(random);
  const common = { timestamp, event, "content-state": activity.state(random) };
  return {
    token: longDeviceToken(random),
    headers: {
      ...appHeaders("liveactivity", apps[activity.app].bundleId),
      // Priority 5 does not count against the activity's budget.
      ...(event === "update" && random.chance(0.6) ? { "apns-priority": "5" } : { "apns-priority": "10" }),
      ...expiration(random),
    },
    payload: { aps: { ...common, ...eventKeys(event, activity, timestamp, random) } },
  };
}

function eventKeys(
  event: "start" | "update" | "end",
  activity: Activity,
  timestamp: number,
  random: SeededRandom,
): Payload {
  switch (event) {
    case "start":
      return {
        "attributes-type": activity.type,
        attributes: activity.attributes(random),
        alert: activity.alert,
        ...(random.chance(0.4) ? { "input-push-token": 1 } : {}),
        ...(random.chance(0.15) ? { "input-push-channel": random.bytes(16).toString("base64") } : {}),
      };
    case "update":
      return {
        ...(random.chance(0.4) ? { "stale-date": timestamp + random.integer(60, 3_600) } : {}),
        ...(random.chance(0.2) ? { "relevance-score": random.integer(0, 100) } : {}),
        ...(random.chance(0.25) ? { alert: activity.alert } : {}),
      };
    case "end":
      // At most four hours later. Without a date, the system waits four hours.
      return random.chance(0.6) ? { "dismissal-date": timestamp + random.integer(0, 14_400) } : {};
  }
}
