import { type Client, TOKEN } from "./client.ts";

/** A request to send: headers beyond those of every push, and a body. */
interface Example {
  readonly headers: Record<string, string | undefined>;
  readonly body: object | string;
}

const TOPIC = "com.example.orders";
export const SECOND_DEVICE = `b7${"3c".repeat(31)}`;
const seconds = () => Math.floor(Date.now() / 1000);

/** One of each kind, as apps send them. */
export const EXAMPLES: Readonly<Record<string, () => Example>> = {
  alert: () => ({
    headers: { "apns-topic": TOPIC, "apns-priority": "10" },
    body: {
      aps: {
        alert: {
          title: "Your order is on its way",
          subtitle: "Order 4711",
          body: "It arrives between 14:00 and 15:30.",
        },
        badge: 2,
        sound: "default",
        "thread-id": "order-4711",
        "interruption-level": "time-sensitive",
        "relevance-score": 0.8,
        "mutable-content": 1,
        category: "ORDER",
      },
      order: 4711,
    },
  }),
  localised: () => ({
    headers: { "apns-topic": "com.example.chess" },
    body: {
      aps: {
        alert: { "title-loc-key": "MOVE_TITLE", "loc-key": "MOVE_BODY", "loc-args": ["Jenna", "e4"] },
        sound: "move.caf",
      },
    },
  }),
  critical: () => ({
    headers: { "apns-topic": "com.example.smoke" },
    body: {
      aps: {
        alert: { title: "Smoke in the kitchen", body: "The detector has been sounding for 20 seconds." },
        sound: { critical: 1, name: "alarm.caf", volume: 1 },
        "interruption-level": "critical",
      },
    },
  }),
  badge: () => ({ headers: { "apns-topic": "com.example.mail" }, body: { aps: { badge: 7 } } }),
  background: () => ({
    headers: { "apns-topic": "com.example.mail", "apns-push-type": "background", "apns-priority": "5" },
    body: { aps: { "content-available": 1 } },
  }),
  voip: () => ({
    headers: { "apns-topic": "com.example.phone.voip", "apns-push-type": "voip", "apns-expiration": "0" },
    body: { callerName: "Ada Lovelace", uuid: "0b5f3b54-5c9c-4b2e-9c6f-9c1c1f6f0f3a" },
  }),
  activityStart: () => ({
    headers: { "apns-topic": "com.example.taxi.push-type.liveactivity", "apns-push-type": "liveactivity" },
    body: {
      aps: {
        timestamp: seconds(),
        event: "start",
        "attributes-type": "RideAttributes",
        attributes: { driver: "Grace" },
        "content-state": { status: "Driving to you", minutes: 9 },
        alert: { title: "Grace is on the way", body: "9 minutes" },
      },
    },
  }),
  activityUpdate: () => ({
    headers: { "apns-topic": "com.example.taxi.push-type.liveactivity", "apns-push-type": "liveactivity" },
    body: {
      aps: {
        timestamp: seconds(),
        event: "update",
        "content-state": { status: "Driving to you", minutes: 4 },
      },
    },
  }),
  activityEnd: () => ({
    headers: { "apns-topic": "com.example.taxi.push-type.liveactivity", "apns-push-type": "liveactivity" },
    body: {
      aps: {
        timestamp: seconds(),
        event: "end",
        "content-state": { status: "Arrived", minutes: 0 },
        "dismissal-date": seconds() + 600,
      },
    },
  }),
  location: () => ({
    headers: { "apns-topic": "com.example.family.location-query", "apns-push-type": "location" },
    body: { aps: {} },
  }),
  mdm: () => ({
    headers: { "apns-topic": "com.apple.mgmt.External.1", "apns-push-type": "mdm" },
    body: { mdm: "PUSHMAGIC" },
  }),
  wallet: () => ({
    headers: { "apns-topic": "pass.com.example.ticket", "apns-push-type": undefined },
    body: "{}",
  }),
  widgets: () => ({
    headers: { "apns-topic": "com.example.weather.push-type.widgets", "apns-push-type": "widgets" },
    body: { aps: { "content-changed": true } },
  }),
  misspelt: () => ({
    headers: { "apns-topic": "com.example.news", "apns-priority": "10" },
    body: {
      aps: {
        alert: { title: "Election results", boddy: "All counted." },
        interuption_level: "active",
        thread_id: "news",
        badge: "1",
      },
      sound: "default",
    },
  }),
};

export type ExampleName =
  | "alert"
  | "localised"
  | "critical"
  | "badge"
  | "background"
  | "voip"
  | "activityStart"
  | "activityUpdate"
  | "activityEnd"
  | "location"
  | "mdm"
  | "wallet"
  | "widgets"
  | "misspelt";

/** Sends an example. */
export function sendExample(
  client: Client,
  name: ExampleName,
  headers: Record<string, string> = {},
  token = TOKEN,
) {
  const example = EXAMPLES[name]!();
  const body = typeof example.body === "string" ? example.body : JSON.stringify(example.body);
  return client.push({ ":path": `/3/device/${token}`, ...example.headers, ...headers }, body);
}
