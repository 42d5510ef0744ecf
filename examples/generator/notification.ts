import type { SeededRandom } from "@apnskit/testkit";

/** One line of `notifications.ndjson`. */
export interface Notification {
  readonly token: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Payload;
}

export type Payload = Readonly<Record<string, unknown>>;

/** Size of the payload on the wire: bytes of UTF-8, as compact JSON. */
export function payloadBytes(payload: Payload): number {
  return Buffer.byteLength(JSON.stringify(payload));
}

/** The largest body that APNs takes for every push type but `voip` (Apple, "Generating a remote notification"). */
export const maxPayloadBytes = 4096;

const topicSuffixes = {
  alert: "",
  background: "",
  complication: ".complication",
  controls: ".push-type.controls",
  fileprovider: ".pushkit.fileprovider",
  liveactivity: ".push-type.liveactivity",
  location: ".location-query",
  pushtotalk: ".voip-ptt",
  voip: ".voip",
  widgets: ".push-type.widgets",
} as const;

/**
 * The push types whose topic is the app's bundle id plus a suffix: all except `mdm`, which has a separate
 * topic.
 */
export type AppPushType = keyof typeof topicSuffixes;

/** Headers that every push of an app carries (Apple, "Sending notification requests to APNs"). */
export function appHeaders(type: AppPushType, bundleId: string): Record<string, string> {
  return { "apns-push-type": type, "apns-topic": bundleId + topicSuffixes[type] };
}

/** An ordinary device token: 32 bytes in hexadecimal. Apple asks not to rely on the length. */
export function deviceToken(random: SeededRandom): string {
  return random.bytes(32).toString("hex");
}

/** Live Activities and the Push to Talk framework issue longer tokens of variable length. */
export function longDeviceToken(random: SeededRandom): string {
  return random.bytes(random.pick([64, 72, 80, 96])).toString("hex");
}

// Years ahead of any run, so that nothing in the file expires as it ages. APNs stores notifications for 30
// days at most.
const yearsAhead = [4_102_444_800, 4_291_747_200] as const;

/**
 * `apns-expiration` in its three uses: left out, one attempt only (`0`), or stored until a time (seconds).
 */
export function expiration(random: SeededRandom): Record<string, string> {
  const kind = random.weighted({ absent: 45, once: 20, stored: 35 });
  if (kind === "absent") return {};
  return { "apns-expiration": kind === "once" ? "0" : String(random.integer(...yearsAhead)) };
}
