import type { Environment } from "apnskit";
import type { App } from "./app.ts";
import type { ClientCertificate } from "./client-certificate.ts";

/** The apps behind a listener. */
export interface ListenerScope {
  /** The only app behind it. */
  readonly app: App | undefined;
  /** The only environment behind it. */
  readonly environment: Environment | undefined;
  /** Whether clients may come without a certificate; then there is an `app`. */
  readonly admitsAnyone: boolean;
}

/** What TLS says about a client. */
export interface Caller {
  readonly certificate: ClientCertificate | undefined;
  /** Whether one of the given authorities issued the certificate, and it is valid now. */
  readonly isAuthorized: boolean;
}

/** The app of a client, or why there is none. */
export type AppChoice = { readonly app: App } | { readonly refusal: string };

/** Chooses the app of a connection: by a pinned certificate, by the listener, or by topic and environment. */
export function chooseApp(apps: readonly App[], scope: ListenerScope, caller: Caller): AppChoice {
  if (scope.app !== undefined && scope.admitsAnyone) return { app: scope.app };
  const { certificate, isAuthorized } = caller;
  if (certificate === undefined) return { refusal: "no client certificate" };
  const behind = apps.filter((app) => isBehind(app, scope));
  const pinned = behind.find(({ fingerprints }) => fingerprints.has(certificate.fingerprint));
  if (pinned !== undefined) return { app: pinned };
  if (!isAuthorized) return { refusal: "the client certificate is neither pinned nor of a given authority" };
  const ofTopic = behind.filter(({ topic }) => certificate.topics.includes(topic));
  if (ofTopic.length === 0) return { refusal: "the client certificate is for no app behind this listener" };
  const fitting = ofTopic.filter((app) => fitsEnvironment(app, certificate));
  const [app, ...others] = fitting;
  if (app === undefined) return { refusal: "the client certificate is for the other environment" };
  if (others.length > 0) return { refusal: "several apps fit: give the listener an environment or an app" };
  return { app };
}

function isBehind(app: App, { app: only, environment }: ListenerScope): boolean {
  if (only !== undefined) return app === only;
  return environment === undefined || app.environment === environment;
}

function fitsEnvironment({ environment }: App, { environments }: ClientCertificate): boolean {
  return environments.length === 0 || environments.includes(environment);
}
