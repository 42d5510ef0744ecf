import { received, rejectUnknown, requireObject, requireType } from "@apnskit/connection/internal";
import {
  type AppCredentials,
  type Auth,
  Certificate,
  type Environment,
  type EnvironmentName,
  InvalidOption,
  type PushType,
} from "apnskit";
import { requireAuth } from "apnskit/internal";
import { dataNames, type OptionForms } from "../option-forms.ts";

/** An app with legacy clients, and the gateway's own credentials for APNs. */
export interface GatewayApp {
  /** In logs, figures and files. Default: topic and environment. At most 200 characters. */
  readonly name?: string | undefined;
  /** The bundle identifier. Default: that of `auth`, if it is a certificate. */
  readonly topic?: string | undefined;
  /** Which of the two APNs; `development` means `sandbox`. */
  readonly environment: EnvironmentName;
  /**
   * The gateway's credentials for APNs: a provider token or a certificate, never the client's own
   * certificate.
   */
  readonly auth: Auth;
  /** Push type of all notifications. Default: by topic (`.voip`, MDM …), else by the payload. */
  readonly pushType?: PushType | undefined;
  /**
   * SHA-256 fingerprints of this app's client certificates, with or without colons. The certificates may have
   * expired.
   */
  readonly fingerprints?: readonly string[] | undefined;
}

/** An app whose options were checked. */
export interface App {
  readonly name: string;
  readonly topic: string;
  readonly environment: Environment;
  readonly auth: Auth;
  readonly pushType: PushType | undefined;
  /** As {@link fingerprintOf} writes them. */
  readonly fingerprints: ReadonlySet<string>;
}

const FORMS: OptionForms<GatewayApp> = {
  name: "data",
  topic: "data",
  environment: "data",
  auth: "object",
  pushType: "data",
  fingerprints: "data",
};
const KNOWN = Object.keys(FORMS);
/** Keys of an app that a configuration file holds as they are. */
export const DATA_KEYS_OF_AN_APP = dataNames(FORMS);
const LONGEST_NAME = 200;
const SHA_256_DIGITS = 64;

/** @throws InvalidOption for invalid apps, InvalidCredentials for missing or unusable credentials */
export function readApps(apps: unknown): App[] {
  if (!Array.isArray(apps) || apps.length === 0) {
    throw new InvalidOption("apps", `apps must be an array of at least one app${received(apps)}`);
  }
  const read = apps.map(readApp);
  const names = new Set<string>();
  const pinned = new Set<string>();
  for (const { name, fingerprints } of read) {
    if (names.has(name))
      throw new InvalidOption("apps", `apps: two apps are called "${name}"; give each a name`);
    names.add(name);
    for (const fingerprint of fingerprints) {
      if (pinned.has(fingerprint)) {
        throw new InvalidOption(
          "fingerprints",
          "fingerprints: a client certificate can speak for one app only",
        );
      }
      pinned.add(fingerprint);
    }
  }
  return read;
}

/** What `ApnsClients` asks for. */
export function appCredentials({ environment, auth, topic }: App): AppCredentials {
  return { environment, auth, topic };
}

/** A fingerprint in one spelling: lower-case hexadecimal without colons. */
export function fingerprintOf(text: string): string {
  return text.replaceAll(":", "").toLowerCase();
}

function readApp(given: unknown): App {
  requireObject("apps", given);
  const options = given as GatewayApp;
  rejectUnknown(options, KNOWN, "key of an app");
  requireType("pushType", options.pushType, "string");
  requireType("name", options.name, "string");
  const topic =
    options.topic ?? (options.auth instanceof Certificate ? options.auth.defaultTopic : undefined);
  if (typeof topic !== "string" || topic === "") {
    throw new InvalidOption("topic", `topic must be the app's bundle identifier${received(topic)}`);
  }
  const environment = readEnvironment(options.environment);
  const name = options.name ?? `${topic} ${environment}`;
  if (name === "" || name.length > LONGEST_NAME) {
    throw new InvalidOption("name", `name must have 1 … ${LONGEST_NAME} characters; received ${name.length}`);
  }
  const auth = requireAuth(options.auth, environment);
  const fingerprints = new Set((options.fingerprints ?? []).map(readFingerprint));
  return { name, topic, environment, auth, pushType: options.pushType, fingerprints };
}

function readEnvironment(value: unknown): Environment {
  if (value === "production" || value === "sandbox") return value;
  if (value === "development") return "sandbox";
  throw new InvalidOption("environment", `environment must be "production" or "sandbox"${received(value)}`);
}

function readFingerprint(value: unknown): string {
  const digits = typeof value === "string" ? fingerprintOf(value) : "";
  if (digits.length === SHA_256_DIGITS && /^[0-9a-f]+$/.test(digits)) return digits;
  const rule = `fingerprints must be SHA-256 in ${SHA_256_DIGITS} hexadecimal digits`;
  throw new InvalidOption("fingerprints", `${rule}${received(value)}`);
}
