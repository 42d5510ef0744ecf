import type { Environment } from "../credentials/apns-extensions.ts";
import {
  BROADCAST_SIZE_LIMIT,
  type KnownPushType,
  type Priority,
  PUSH_TYPES,
  type PushType,
} from "../push-types.ts";

/** The properties that all notifications of one function share. */
export interface NotificationKind {
  /** The function's name. */
  readonly name: string;
  readonly pushType: PushType | undefined;
  readonly topicSuffix: string;
  /** The most bytes of UTF-8 in the payload. */
  readonly sizeLimit: number;
  readonly defaultPriority: Priority | undefined;
  /** The priorities that can work, unless all do. */
  readonly priorities?: readonly Priority[];
  readonly defaultExpiration?: 0;
  /** The only environment that accepts it, unless both do. */
  readonly environment?: Environment;
  /** Headers that this package does not know; only `raw()` sets them. */
  readonly extraHeaders?: Readonly<Record<string, string>>;
  /** True if it is meant for a broadcast channel. */
  readonly broadcast?: true;
}

/** The kind that follows from a push type's rule. */
function kind(
  name: string,
  pushType: KnownPushType,
  other: Partial<NotificationKind> = {},
): NotificationKind {
  const { topicSuffix, sizeLimit, defaultPriority } = PUSH_TYPES[pushType];
  return { name, pushType, topicSuffix, sizeLimit, defaultPriority, ...other };
}

/** The kinds of all functions but `raw()`, by name. */
export const KINDS = {
  alert: kind("alert", "alert"),
  background: kind("background", "background", { priorities: [5, 1] }),
  complication: kind("complication", "complication"),
  controls: kind("controls", "controls"),
  fileProvider: kind("fileProvider", "fileprovider"),
  liveActivityStart: kind("liveActivityStart", "liveactivity"),
  liveActivityUpdate: kind("liveActivityUpdate", "liveactivity"),
  liveActivityEnd: kind("liveActivityEnd", "liveactivity"),
  location: kind("location", "location"),
  mdm: kind("mdm", "mdm"),
  pushToTalk: kind("pushToTalk", "pushtotalk", { defaultExpiration: 0 }),
  safariWebsite: kind("safariWebsite", "alert", { environment: "production" }),
  voip: kind("voip", "voip"),
  walletPass: kind("walletPass", "background", { environment: "production", priorities: [5, 1] }),
  widgets: kind("widgets", "widgets"),
} satisfies Record<string, NotificationKind>;

const forChannels = { sizeLimit: BROADCAST_SIZE_LIMIT, broadcast: true } as const;

/** The kinds of notifications for broadcast channels. */
export const BROADCAST_KINDS = {
  liveActivityUpdate: { ...KINDS.liveActivityUpdate, ...forChannels },
  liveActivityEnd: { ...KINDS.liveActivityEnd, ...forChannels },
} satisfies Record<string, NotificationKind>;
