/** The values of `apns-push-type` that Apple documents ("Sending notification requests to APNs"). */
export type KnownPushType =
  | "alert"
  | "background"
  | "complication"
  | "controls"
  | "fileprovider"
  | "liveactivity"
  | "location"
  | "mdm"
  | "pushtotalk"
  | "voip"
  | "widgets";

/** A push type. Any text is allowed, since Apple adds new types. */
export type PushType = KnownPushType | (string & {});

/**
 * The values of `apns-priority` ("Sending notification requests to APNs"). 10: at once. 5: with regard to the
 * device's power. 1: power above all, never wakes the device.
 */
export type Priority = 1 | 5 | 10;

/** The rules for all notifications of one push type. */
export interface PushTypeRule {
  /** Follows the app's bundle identifier in `apns-topic`; may be empty. */
  readonly topicSuffix: string;
  /** The `apns-priority` of notifications that set none; `raw()` then sends none. */
  readonly defaultPriority: Priority;
  /** The most bytes of UTF-8 in the payload. */
  readonly sizeLimit: number;
  /** Whether APNs accepts it only with a provider token, never with a certificate. */
  readonly tokenOnly: boolean;
}

/**
 * Payload limits in bytes ("Sending notification requests to APNs", "Sending broadcast push notification requests").
 */
export const DEVICE_SIZE_LIMIT = 4096;
export const VOIP_SIZE_LIMIT = 5120;
export const BROADCAST_SIZE_LIMIT = 5120;

const rule = (topicSuffix: string, other: Partial<PushTypeRule> = {}): PushTypeRule => ({
  topicSuffix,
  defaultPriority: 10,
  sizeLimit: DEVICE_SIZE_LIMIT,
  tokenOnly: false,
  ...other,
});

/** The rules of the push types that Apple documents. */
export const PUSH_TYPES: Readonly<Record<KnownPushType, PushTypeRule>> = {
  alert: rule(""),
  background: rule("", { defaultPriority: 5 }),
  complication: rule(".complication"),
  controls: rule(".push-type.controls"),
  fileprovider: rule(".pushkit.fileprovider"),
  liveactivity: rule(".push-type.liveactivity", { tokenOnly: true }),
  location: rule(".location-query", { tokenOnly: true }),
  mdm: rule(""),
  pushtotalk: rule(".voip-ptt"),
  voip: rule(".voip", { sizeLimit: VOIP_SIZE_LIMIT }),
  widgets: rule(".push-type.widgets"),
};

/** The rules of a push type; `undefined` for a type that Apple has not documented yet. */
export function pushTypeRule(pushType: PushType | undefined): PushTypeRule | undefined {
  return pushType !== undefined && Object.hasOwn(PUSH_TYPES, pushType)
    ? PUSH_TYPES[pushType as KnownPushType]
    : undefined;
}
