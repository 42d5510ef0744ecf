import type { SeededRandom } from "@apnskit/testkit";

/** The common properties of an app's alerts, apart from their texts. */
interface App {
  readonly bundleId: string;
  readonly category: string;
  readonly sound: string;
  readonly level: "passive" | "active" | "time-sensitive";
  /** The thread by which the app groups its notifications. */
  thread(random: SeededRandom): string;
  /** The app's own keys, siblings of `aps`. */
  custom(random: SeededRandom): Record<string, unknown>;
}

const seconds = (random: SeededRandom) => 1_780_000_000 + random.integer(0, 15_000_000);
const hex = (random: SeededRandom, bytes: number) => random.bytes(bytes).toString("hex");
const uuid = (random: SeededRandom) => hex(random, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/u, "$1-$2-$3-$4-");

export const apps = {
  shop: {
    bundleId: "com.example.basket",
    category: "PARCEL",
    sound: "doorbell.caf",
    level: "active",
    thread: (random) => `order-${random.integer(10_000, 99_999)}`,
    custom: (random) => ({
      order: {
        id: random.integer(10_000, 99_999),
        total: { amount: random.integer(300, 40_000), currency: random.pick(["EUR", "GBP", "INR", "JPY"]) },
        lines: Array.from({ length: random.integer(1, 4) }, () => ({
          sku: hex(random, 5).toUpperCase(),
          quantity: random.integer(1, 3),
        })),
      },
      link: `basket://orders/${random.integer(10_000, 99_999)}`,
    }),
  },
  chat: {
    bundleId: "com.example.murmur",
    category: "MESSAGE",
    sound: "plop.caf",
    level: "active",
    thread: (random) => `room-${hex(random, 6)}`,
    custom: (random) => ({
      message: uuid(random),
      room: hex(random, 6),
      sender: {
        id: random.integer(1, 9_000_000),
        avatar: `https://img.example.com/a/${hex(random, 8)}@2x.png`,
      },
      sent: seconds(random),
    }),
  },
  sports: {
    bundleId: "com.example.scoreline",
    category: "MATCH",
    sound: "whistle.caf",
    level: "active",
    thread: (random) => `match-${random.integer(1_000, 9_999)}`,
    custom: (random) => ({
      match: random.integer(1_000, 9_999),
      minute: random.integer(1, 96),
      final: random.chance(0.2),
    }),
  },
  transit: {
    bundleId: "com.example.tramline",
    category: "DISRUPTION",
    sound: "chime.caf",
    level: "time-sensitive",
    thread: (random) => `line-${random.integer(1, 40)}`,
    custom: (random) => ({
      trip: hex(random, 6),
      stops: Array.from({ length: random.integer(1, 6) }, () => random.integer(8_000_000, 8_999_999)),
      delay: random.integer(0, 5_400),
    }),
  },
  bank: {
    bundleId: "com.example.ledger",
    category: "PAYMENT",
    sound: "coin.caf",
    level: "time-sensitive",
    thread: (random) => `account-${random.integer(1, 9)}`,
    custom: (random) => ({
      transaction: uuid(random),
      amount: { minor: random.integer(1, 500_000), scale: 2 },
      pending: random.chance(0.5),
    }),
  },
  health: {
    bundleId: "com.example.pulse",
    category: "REMINDER",
    sound: "soft.caf",
    level: "time-sensitive",
    thread: () => "today",
    custom: (random) => ({ reminder: random.integer(1, 400), snooze: [5, 15, 60] }),
  },
  games: {
    bundleId: "com.example.gambit",
    category: "TURN",
    sound: "fanfare.caf",
    level: "passive",
    thread: (random) => `game-${hex(random, 4)}`,
    custom: (random) => ({
      game: hex(random, 4),
      turn: random.integer(1, 80),
      rating: random.integer(600, 2_700),
      reward: null,
    }),
  },
  weather: {
    bundleId: "com.example.nimbus",
    category: "WEATHER",
    sound: "rain.caf",
    level: "time-sensitive",
    thread: (random) => `station-${random.integer(1_000, 99_999)}`,
    custom: (random) => ({
      at: { lat: random.integer(-60_000, 70_000) / 1000, lon: random.integer(-180_000, 180_000) / 1000 },
      severity: random.integer(0, 4),
      until: seconds(random),
    }),
  },
  news: {
    bundleId: "com.example.dispatch",
    category: "ARTICLE",
    sound: "default",
    level: "passive",
    thread: (random) => random.pick(["world", "local", "science", "culture", "economy"]),
    custom: (random) => ({
      article: random.integer(100_000, 999_999),
      image: `https://img.example.com/n/${hex(random, 12)}.jpg`,
      paywall: random.chance(0.3),
    }),
  },
  social: {
    bundleId: "com.example.plaza",
    category: "MENTION",
    sound: "default",
    level: "passive",
    thread: (random) => `post-${random.integer(1_000_000, 9_999_999)}`,
    custom: (random) => ({
      post: random.integer(1_000_000, 9_999_999),
      actors: Array.from({ length: random.integer(1, 5) }, () => hex(random, 4)),
    }),
  },
  agenda: {
    bundleId: "com.example.agenda",
    category: "EVENT",
    sound: "default",
    level: "time-sensitive",
    thread: (random) => random.pick(["work", "family", "school", "club"]),
    custom: (random) => ({
      event: uuid(random),
      starts: seconds(random),
      alarms: [-900, -300, 0],
      recurring: random.chance(0.4),
    }),
  },
  travel: {
    bundleId: "com.example.layover",
    category: "TRIP",
    sound: "gong.caf",
    level: "time-sensitive",
    thread: (random) => `trip-${hex(random, 3).toUpperCase()}`,
    custom: (random) => ({
      booking: hex(random, 3).toUpperCase(),
      segment: random.integer(1, 4),
      link: "layover://trip/now",
    }),
  },
  food: {
    bundleId: "com.example.skillet",
    category: "DELIVERY",
    sound: "bell.caf",
    level: "active",
    thread: (random) => `order-${random.integer(100, 999)}`,
    custom: (random) => ({
      order: random.integer(100, 999),
      rider: { lat: random.integer(0, 90_000) / 1000, lon: random.integer(0, 180_000) / 1000 },
    }),
  },
  home: {
    bundleId: "com.example.hearth",
    category: "SENSOR",
    sound: "alarm.caf",
    level: "time-sensitive",
    thread: (random) => `room-${random.integer(1, 12)}`,
    custom: (random) => ({
      sensor: hex(random, 8),
      reading: random.integer(-200, 900) / 10,
      battery: random.integer(4, 100) / 100,
    }),
  },
  learn: {
    bundleId: "com.example.lingua",
    category: "STREAK",
    sound: "default",
    level: "passive",
    thread: () => "streak",
    custom: (random) => ({
      lesson: random.integer(1, 900),
      due: random.integer(0, 140),
      "a/b": random.pick(["owl", "fox", "none"]),
    }),
  },
  music: {
    bundleId: "com.example.encore",
    category: "RELEASE",
    sound: "drop.caf",
    level: "passive",
    thread: () => "releases",
    custom: (random) => ({
      album: hex(random, 8),
      tracks: random.integer(1, 24),
      explicit: random.chance(0.2),
      "cover-url": `https://img.example.com/c/${hex(random, 8)}.webp`,
    }),
  },
} as const satisfies Record<string, App>;

export type AppName = keyof typeof apps;

export function isAppName(name: string): name is AppName {
  return Object.hasOwn(apps, name);
}

export const appNames = Object.keys(apps) as AppName[];
