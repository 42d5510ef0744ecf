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

/** Options that only some functions have. Under these names, Apple has no keys. */
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

/** Names that a message lists. */
const MOST_LISTED = 6;

const owners = new Map(
  Object.entries(OWNERS).flatMap(([owner, names]) => names.map((name) => [name, owner])),
);

/** The names that one place of the options knows, and what others may have meant. */
export class Vocabulary {
  readonly #names: ReadonlySet<string>;
  /** How to use an unknown key all the same; `undefined` where none is taken. */
  readonly #insist: string | undefined;

  /**
   * @param names options and wire keys
   * @param insist where unknown keys pass: how a refused one gets through
   */
  constructor(names: Iterable<string>, insist?: string) {
    this.#names = new Set(names);
    this.#insist = insist;
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  /**
   * Checks a key that is no option.
   *
   * @throws InvalidNotification when it is a known one misspelt, one of another library or of another function, or when
   *   this place takes no others
   */
  assertMeant(key: string): void {
    if (this.#names.has(key)) return;
    const hint = this.#hint(key);
    if (hint === undefined && this.#insist !== undefined) return;
    const shown = /^[\w-]{1,40}$/.test(key) ? key : "options";
    const what = shown === key ? "is not an option here" : "must not have other keys";
    const help = hint ?? this.#list();
    const message = `${what}${help === undefined ? "" : `; ${help}`}${this.#insist === undefined ? "" : ` (${this.#insist})`}`;
    throw new InvalidNotification(shown, "invalid", message);
  }

  /** The same for all keys of an object. */
  assertOnly(options: object): void {
    for (const key of Object.keys(options)) {
      if (!this.#names.has(key) && (options as Record<string, unknown>)[key] !== undefined) {
        this.assertMeant(key);
      }
    }
  }

  /** All names, where they are few and there are no others. */
  #list(): string | undefined {
    const isShort = this.#insist === undefined && this.#names.size <= MOST_LISTED;
    return isShort ? `there are ${[...this.#names].join(", ")}` : undefined;
  }

  #hint(key: string): string | undefined {
    const owner = owners.get(key);
    const meant = intended(key, this.#names);
    // Another function's option is not meant by its wire key: without that function, the key has no effect.
    const isOthers = owner !== undefined && meant !== undefined && APS_KEYS.includes(meant);
    if (meant !== undefined && !isOthers) return `did you mean \`${meant}\`?`;
    if (owner !== undefined) return `${owner} has it`;
    const instead = insteadOfPeersName(key);
    return instead === undefined ? undefined : `use ${instead}`;
  }
}
