import { InvalidNotification } from "../errors.ts";
import { insteadOfPeersName } from "./peers.ts";
import { intended } from "./spelling.ts";

/** The keys of `aps` that Apple documents ("Generating a remote notification" and the pages of the push types). */
export const APS_KEYS: readonly string[] = [
  "alert",
  "attributes",
  "attributes-type",
  "badge",
  "category",
  "content-available",
  "content-changed",
  "content-state",
  "dismissal-date",
  "event",
  "filter-criteria",
  "input-push-channel",
  "input-push-token",
  "interruption-level",
  "mutable-content",
  "ptt-push-type",
  "relevance-score",
  "sound",
  "stale-date",
  "target-content-id",
  "thread-id",
  "timestamp",
  "url-args",
];

/** Options that only some functions have. Apple has no keys of these names. */
const OWNERS: Readonly<Record<string, readonly string[]>> = {
  "alert()": [
    ...["title", "subtitle", "body", "titleLocKey", "titleLocArgs", "subtitleLocKey", "subtitleLocArgs"],
    ...["locKey", "locArgs", "actionLocKey", "launchImage", "summaryArg", "summaryArgCount", "threadId"],
    ...["contentAvailable", "mutableContent", "targetContentId", "interruptionLevel", "relevanceScore"],
    "filterCriteria",
  ],
  "liveActivityUpdate()": ["contentState", "staleDate", "broadcast"],
  "liveActivityStart()": ["attributesType", "inputPushToken", "inputPushChannel"],
  "liveActivityEnd()": ["dismissalDate"],
  "pushToTalk()": ["serviceUpdate"],
  "fileProvider()": ["containerIdentifier", "domain"],
  "mdm()": ["pushMagic"],
  "safariWebsite()": ["urlArgs"],
  "raw()": ["topicSuffix", "sizeLimit", "headers"],
};

/** The most names in a message. */
const MOST_LISTED = 6;

const owners = new Map(
  Object.entries(OWNERS).flatMap(([owner, names]) => names.map((name) => [name, owner])),
);

/** The known names in one place of the options, and the likely meaning of others. */
export class Vocabulary {
  readonly #names: ReadonlySet<string>;
  /** How to use an unknown key anyway; `undefined` where unknown keys are refused. */
  readonly #insist: string | undefined;

  /**
   * @param names options and wire keys
   * @param insist how to pass a refused key, where unknown keys are allowed
   */
  constructor(names: Iterable<string>, insist?: string) {
    this.#names = new Set(names);
    this.#insist = insist;
  }

  /**
   * Checks a key that is no option.
   *
   * @param path where the key is, for error messages, such as `alert.`
   * @throws InvalidNotification when it is a misspelt known key, a key of another library or function, or
   *   when this place allows no other keys
   */
  assertMeant(key: string, path = ""): void {
    if (this.#names.has(key)) return;
    const hint = this.#hint(key);
    if (hint === undefined && this.#insist !== undefined) return;
    const isHarmless = /^[\w-]{1,40}$/.test(key);
    const what = isHarmless ? "is not an option here" : "must not have other keys";
    const help = hint ?? this.#list();
    const message = `${what}${help === undefined ? "" : `; ${help}`}${this.#insist === undefined ? "" : ` (${this.#insist})`}`;
    const field = isHarmless ? path + key : path.slice(0, -1) || "options";
    throw new InvalidNotification(field, "invalid", message);
  }

  /** The same for all keys of an object. */
  assertOnly(options: object): void {
    for (const key of Object.keys(options)) {
      if (!this.#names.has(key) && (options as Record<string, unknown>)[key] !== undefined) {
        this.assertMeant(key);
      }
    }
  }

  /** All names, if they are few and no others are allowed. */
  #list(): string | undefined {
    const isShort = this.#insist === undefined && this.#names.size <= MOST_LISTED;
    return isShort ? `there are ${[...this.#names].join(", ")}` : undefined;
  }

  #hint(key: string): string | undefined {
    const owner = owners.get(key);
    const meant = intended(key, this.#names);
    // Do not suggest the wire key for another function's option: without that function, it has no effect.
    const isOthers = owner !== undefined && meant !== undefined && APS_KEYS.includes(meant);
    if (meant !== undefined && !isOthers) return `did you mean \`${meant}\`?`;
    if (owner !== undefined) return `${owner} has it`;
    const instead = insteadOfPeersName(key);
    return instead === undefined ? undefined : `use ${instead}`;
  }
}
