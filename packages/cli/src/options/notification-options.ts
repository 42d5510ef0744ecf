import type { OptionGroup } from "../definition.ts";
import { type Moment, moment, momentOrZero, numberWithin, oneOf, wholeNumber } from "./parsers.ts";

/** Values of {@link NOTIFICATION_OPTIONS}. */
export interface NotificationFlags {
  readonly title?: string;
  readonly subtitle?: string;
  readonly body?: string;
  readonly badge?: number;
  readonly sound?: string;
  readonly thread?: string;
  readonly category?: string;
  readonly interruptionLevel?: string;
  readonly relevanceScore?: number;
  readonly targetContentId?: string;
  readonly filterCriteria?: string;
  readonly contentAvailable?: boolean;
  readonly mutableContent?: boolean;
  readonly data?: readonly string[];
  readonly payload?: string;
  readonly event?: "start" | "update" | "end";
  readonly state?: string;
  readonly attributesType?: string;
  readonly attributes?: string;
  readonly staleDate?: Moment;
  readonly dismissalDate?: Moment;
  readonly pushType?: string;
  readonly priority?: 1 | 5 | 10;
  readonly expiration?: Moment | 0;
  readonly collapseId?: string;
  readonly id?: string;
}

const CONTENT: OptionGroup = {
  heading: "Content",
  options: [
    { flags: "--title <text>", description: "heading" },
    { flags: "--subtitle <text>", description: "second line of the heading" },
    { flags: "--body <text>", description: "the message" },
    {
      flags: "--badge <n>",
      description: "number on the app's icon; 0 removes it",
      parse: wholeNumber(0, 1_000_000_000),
    },
    { flags: "--sound <name>", description: "a sound of the app, or default" },
    { flags: "--thread <id>", description: "groups notifications" },
    { flags: "--category <name>", description: "set of actions that the app registered" },
    { flags: "--interruption-level <level>", description: "passive, active, time-sensitive or critical" },
    {
      flags: "--relevance-score <n>",
      description: "place in the summary, 0 … 1; of a Live Activity, any number from 0",
      parse: numberWithin(0, 1e9),
    },
    { flags: "--target-content-id <id>", description: "window or scene to bring forward" },
    { flags: "--filter-criteria <text>", description: "what a Focus filter compares" },
    { flags: "--content-available", description: "also wake the app in the background" },
    { flags: "--mutable-content", description: "let the app's service extension change it first" },
    {
      flags: "--data <key=value>",
      description: "a key of the app's own, beside aps: key=text or key:=JSON",
      repeatable: true,
    },
    {
      flags: "--payload <file>",
      description: "the whole payload as JSON, in place of the options above; - reads stdin",
    },
  ],
};

const LIVE_ACTIVITY: OptionGroup = {
  heading: "Live Activity",
  options: [
    {
      flags: "--event <event>",
      description: "what happens to the activity",
      choices: ["start", "update", "end"],
    },
    { flags: "--state <file>", description: "content state as JSON; - reads stdin" },
    { flags: "--attributes-type <name>", description: "start: name of the app's ActivityAttributes type" },
    { flags: "--attributes <file>", description: "start: the attributes as JSON; - reads stdin" },
    {
      flags: "--stale-date <when>",
      description: "from when on it is out of date: 30m or a date",
      parse: moment,
    },
    { flags: "--dismissal-date <when>", description: "end: when to remove it: 1h or a date", parse: moment },
  ],
};

const DELIVERY: OptionGroup = {
  heading: "Delivery",
  options: [
    {
      flags: "--push-type <type>",
      description: "apns-push-type (default: by the content: alert, background or liveactivity)",
    },
    {
      flags: "--priority <n>",
      description: "10: at once, 5: with regard to power, 1: power above all",
      parse: oneOf(1, 5, 10),
    },
    {
      flags: "--expiration <when>",
      description: "until when APNs stores and retries: 1h, a date, or 0 for one attempt",
      parse: momentOrZero,
    },
    {
      flags: "--collapse-id <id>",
      description: "notifications with the same one are shown as one; 64 bytes",
    },
    { flags: "--id <uuid>", description: "apns-id (default: a new one for each notification)" },
  ],
};

/** Options for the content of a notification. */
export const NOTIFICATION_OPTIONS: readonly OptionGroup[] = [CONTENT, LIVE_ACTIVITY, DELIVERY];

/** The options for a broadcast to a channel. */
export const BROADCAST_OPTIONS: readonly OptionGroup[] = [
  {
    heading: "Content",
    options: CONTENT.options.filter(({ flags }) =>
      /^--(?:title|body|sound|relevance-score|data|payload) /.test(flags),
    ),
  },
  {
    heading: "Live Activity",
    options: LIVE_ACTIVITY.options
      .filter(({ flags }) => !flags.startsWith("--attributes"))
      .map((option) =>
        option.flags.startsWith("--event") ? { ...option, choices: ["update", "end"] } : option,
      ),
  },
  {
    heading: "Delivery",
    options: DELIVERY.options.filter(({ flags }) => /^--(?:priority|expiration|id) /.test(flags)),
  },
];
