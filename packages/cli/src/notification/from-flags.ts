import type { LiveActivityAlert, Notification } from "apnskit";
import { usage } from "../failure.ts";
import type { NotificationFlags } from "../options/notification-options.ts";
import { dataEntry, dateOf } from "../options/parsers.ts";
import { readJsonObject } from "./json-file.ts";

/** Flags for an alert's payload, with their names on the command line. */
const TEXT_FLAGS = {
  title: "--title",
  subtitle: "--subtitle",
  body: "--body",
  badge: "--badge",
  sound: "--sound",
  thread: "--thread",
  category: "--category",
  interruptionLevel: "--interruption-level",
  relevanceScore: "--relevance-score",
  targetContentId: "--target-content-id",
  filterCriteria: "--filter-criteria",
  contentAvailable: "--content-available",
  mutableContent: "--mutable-content",
  data: "--data",
} as const satisfies Partial<Record<keyof NotificationFlags, string>>;

const ACTIVITY_FLAGS = {
  event: "--event",
  state: "--state",
  attributesType: "--attributes-type",
  attributes: "--attributes",
  staleDate: "--stale-date",
  dismissalDate: "--dismissal-date",
} as const satisfies Partial<Record<keyof NotificationFlags, string>>;

/**
 * The notification that the flags describe.
 *
 * @param now start of relative times, in milliseconds since 1970
 * @param forChannel whether it is for a broadcast channel, which allows more bytes
 * @throws CommandFailure, InvalidNotification
 */
export async function notificationFromFlags(
  flags: NotificationFlags,
  now: number,
  forChannel = false,
): Promise<Notification> {
  const stdin = Object.entries(stdinFlags(flags)).filter(([, path]) => path === "-");
  if (stdin.length > 1) throw usage(`${stdin[0]![0]} and ${stdin[1]![0]} cannot both read stdin`);
  if (flags.payload !== undefined) return fromPayload(flags, flags.payload, now);
  const pushType = flags.pushType ?? impliedType(flags);
  const headers = deliveryOf(flags, now);
  const data = dataOf(flags.data);
  const own = data === undefined ? {} : { data };
  const kinds = await import("apnskit");
  if (pushType === "") throw usage("--push-type must not be empty; left out, it follows from the content");
  if (pushType === "liveactivity") return liveActivity(kinds, flags, headers, own, now, forChannel);
  refuse(flags, ACTIVITY_FLAGS, `is for Live Activities, not for --push-type ${pushType}`);
  if ((flags.relevanceScore ?? 0) > 1) throw usage("--relevance-score of a notification must be 0 … 1");
  if (pushType === "alert") return kinds.alert({ ...alertOf(flags), ...own, ...headers });
  refuse(flags, withoutData(pushType), `does not go with --push-type ${pushType}; use --data or --payload`);
  if (pushType === "background") {
    if (headers.priority === 10) throw usage("--priority 10 does not go with --push-type background");
    const { priority, ...rest } = headers;
    return kinds.background({ ...own, ...rest, ...(priority !== undefined && { priority }) });
  }
  if (pushType === "voip") return kinds.voip({ ...own, ...headers });
  return kinds.raw({ payload: data ?? {}, pushType, ...usualPriority(kinds, pushType), ...headers });
}

/** The flags that may read stdin, with their values. */
export function stdinFlags({
  payload,
  state,
  attributes,
}: NotificationFlags): Record<string, string | undefined> {
  return { "--payload": payload, "--state": state, "--attributes": attributes };
}

/**
 * The default push type: a Live Activity for an event, a background push for data only, otherwise an alert.
 */
function impliedType(flags: NotificationFlags): string {
  if (given(flags, ACTIVITY_FLAGS).length > 0) return "liveactivity";
  const shown = given(flags, TEXT_FLAGS).filter(
    (flag) => flag !== "--data" && flag !== "--content-available",
  );
  return shown.length === 0 && flags.contentAvailable ? "background" : "alert";
}

async function fromPayload(flags: NotificationFlags, path: string, now: number): Promise<Notification> {
  refuse(
    flags,
    { ...TEXT_FLAGS, ...ACTIVITY_FLAGS },
    "does not go with --payload, which is the whole payload",
  );
  const payload = readJsonObject(path, "--payload");
  const pushType = flags.pushType ?? typeOfPayload(payload);
  const kinds = await import("apnskit");
  return kinds.raw({ payload, pushType, ...usualPriority(kinds, pushType), ...deliveryOf(flags, now) });
}

/** The push type that fits a payload ("Sending notification requests to APNs": the two must match). */
export function typeOfPayload(payload: Readonly<Record<string, unknown>>): string {
  const aps = (payload.aps ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof aps !== "object" || Array.isArray(aps)) return "alert";
  if (typeof aps.event === "string" && aps.timestamp !== undefined) return "liveactivity";
  const shown = aps.alert !== undefined || aps.badge !== undefined || aps.sound !== undefined;
  return aps["content-available"] === 1 && !shown ? "background" : "alert";
}

type Kinds = typeof import("apnskit");

function usualPriority({ PUSH_TYPES }: Kinds, pushType: string): { priority?: 1 | 5 | 10 } {
  const rule = Object.hasOwn(PUSH_TYPES, pushType)
    ? PUSH_TYPES[pushType as keyof typeof PUSH_TYPES]
    : undefined;
  return rule === undefined ? {} : { priority: rule.defaultPriority };
}

function alertOf(flags: NotificationFlags) {
  const { title, subtitle, body, badge, sound, thread, category, targetContentId, filterCriteria } = flags;
  const { interruptionLevel, relevanceScore, contentAvailable, mutableContent } = flags;
  const threadId = thread;
  return {
    ...{ title, subtitle, body, badge, sound, threadId, category, targetContentId, filterCriteria },
    ...{ interruptionLevel, relevanceScore, contentAvailable, mutableContent },
  };
}

function liveActivity(
  kinds: Kinds,
  flags: NotificationFlags,
  headers: ReturnType<typeof deliveryOf>,
  own: { data?: Readonly<Record<string, unknown>> },
  now: number,
  broadcast: boolean,
): Notification {
  const { event, title, body, sound, relevanceScore, attributesType } = flags;
  if (event === undefined) throw usage("--event start, update or end is needed for a Live Activity");
  const { title: _t, body: _b, sound: _s, relevanceScore: _r, data: _d, ...others } = TEXT_FLAGS;
  refuse(flags, others, "does not go with a Live Activity");
  const alert =
    (title ?? body ?? sound) === undefined ? undefined : ({ title, body, sound } as LiveActivityAlert);
  const contentState = flags.state === undefined ? undefined : readJsonObject(flags.state, "--state");
  const staleDate = flags.staleDate && dateOf(flags.staleDate, now);
  const common = { ...own, ...headers, alert, staleDate, relevanceScore, timestamp: new Date(now) };
  if (event !== "start") {
    refuse(
      flags,
      { attributesType: "--attributes-type", attributes: "--attributes" },
      "goes with --event start",
    );
  }
  if (event !== "end") refuse(flags, { dismissalDate: "--dismissal-date" }, "goes with --event end");
  if (event === "end") {
    const dismissalDate = flags.dismissalDate && dateOf(flags.dismissalDate, now);
    return kinds.liveActivityEnd({ ...common, contentState, dismissalDate, broadcast });
  }
  if (contentState === undefined) throw usage(`--state is needed for --event ${event}`);
  if (event === "update") return kinds.liveActivityUpdate({ ...common, contentState, broadcast });
  if (attributesType === undefined) throw usage("--attributes-type is needed for --event start");
  if (flags.attributes === undefined) throw usage("--attributes is needed for --event start");
  if (alert === undefined) throw usage("--title or --body is needed for --event start: Apple wants an alert");
  const attributes = readJsonObject(flags.attributes, "--attributes");
  return kinds.liveActivityStart({ ...common, alert, attributesType, attributes, contentState });
}

function deliveryOf({ priority, expiration, collapseId, id }: NotificationFlags, now: number) {
  return {
    ...(priority !== undefined && { priority }),
    ...(expiration !== undefined && {
      expiration: expiration === 0 ? (0 as const) : dateOf(expiration, now),
    }),
    ...(collapseId !== undefined && { collapseId }),
    ...(id !== undefined && { id }),
  };
}

function dataOf(entries: readonly string[] | undefined): Readonly<Record<string, unknown>> | undefined {
  if (entries === undefined) return undefined;
  const data: Record<string, unknown> = Object.create(null);
  for (const entry of entries) {
    let parsed: ReturnType<typeof dataEntry>;
    try {
      parsed = dataEntry(entry);
    } catch (error) {
      throw usage(`--data: ${(error as Error).message}`, { cause: error });
    }
    if (Object.hasOwn(data, parsed.key))
      throw usage(`--data: the key ${JSON.stringify(parsed.key)} comes twice`);
    data[parsed.key] = parsed.value;
  }
  return data;
}

/** The content flags that only an alert has; a background push needs no flag to wake the app. */
function withoutData(pushType: string): Partial<typeof TEXT_FLAGS> {
  const { data: _data, contentAvailable, ...rest } = TEXT_FLAGS;
  return pushType === "background" ? rest : { ...rest, contentAvailable };
}

function given(flags: NotificationFlags, names: Partial<Record<keyof NotificationFlags, string>>): string[] {
  return Object.entries(names)
    .filter(([name]) => flags[name as keyof NotificationFlags] !== undefined)
    .map(([, flag]) => flag);
}

function refuse(
  flags: NotificationFlags,
  names: Partial<Record<keyof NotificationFlags, string>>,
  why: string,
): void {
  const [stray] = given(flags, names);
  if (stray !== undefined) throw usage(`${stray} ${why}`);
}
