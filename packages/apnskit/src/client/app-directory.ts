import { printable } from "@apnskit/connection/internal";
import { ApnskitError, type Clock, Closed, InvalidOption } from "@apnskit/pool";
import { type BackoffOptions, backoffDelay } from "@apnskit/pool/internal";
import pRetry from "p-retry";
import { type App, type AppOptions, readApp } from "./client-options.ts";
import type { EnvironmentName } from "./endpoints.ts";

/** The result of the `credentials` callback for an app. */
export interface AppCredentials extends AppOptions {
  /** The environment of the app's device tokens; `development` means `sandbox`. */
  readonly environment: EnvironmentName;
}

/** Finds environment, credentials and topic of an app. */
export type FindCredentials = (app: string) => AppCredentials | Promise<AppCredentials>;

const KNOWN: ReadonlySet<string> = new Set([
  "environment",
  "auth",
  "topic",
] satisfies (keyof AppCredentials)[]);

/** Delays between two calls of the callback. */
const backoff: BackoffOptions = { minDelay: 100, maxDelay: 5_000, factor: 2 };

/** The most apps to remember. For others the callback is called again. App names may come from outside. */
const MOST_APPS = 10_000;

/** Results of the callback by app. Errors are not remembered. */
export class AppDirectory {
  readonly #find: FindCredentials;
  readonly #retries: number;
  readonly #clock: Clock;
  readonly #random: () => number;
  /** The data of an app, or the promise of it. */
  readonly #apps = new Map<string, Promise<App>>();
  /** Ends a wait before the next call of the callback. */
  readonly #waits = new Set<() => void>();

  /** @param retries how often the callback is called again when it throws */
  constructor(find: FindCredentials, retries: number, clock: Clock, random: () => number) {
    this.#find = find;
    this.#retries = retries;
    this.#clock = clock;
    this.#random = random;
  }

  /**
   * Finds an app. Concurrent lookups of the same app share one call.
   *
   * @throws the last error of the callback, and the errors of `readApp`
   */
  find(name: string): Promise<App> {
    const known = this.#apps.get(name);
    if (known !== undefined) return known;
    const finding = this.#ask(name);
    if (this.#apps.size >= MOST_APPS) this.#apps.delete(this.#apps.keys().next().value!);
    this.#apps.set(name, finding);
    finding.catch(() => {
      if (this.#apps.get(name) === finding) this.#apps.delete(name);
    });
    return finding;
  }

  forget(name: string): void {
    this.#apps.delete(name);
  }

  /** Ends the waits for another call: lookups fail with `Closed`, and no timer keeps the process alive. */
  close(): void {
    for (const end of this.#waits) end();
  }

  async #ask(name: string): Promise<App> {
    const ask = async (attempt: number): Promise<AppCredentials> => {
      if (attempt > 1) await this.#wait(backoffDelay(backoff, attempt - 1, this.#random()));
      return this.#find(name);
    };
    // The waits above run on the client's clock. A TypeError ends them, unless it is how `fetch` reports a
    // network failure.
    const shouldRetry = ({ error }: { error: Error }): boolean => !(error instanceof ApnskitError);
    const credentials = await pRetry(ask, { retries: this.#retries, minTimeout: 0, shouldRetry });
    rejectStrangers(name, credentials);
    return readApp(credentials);
  }

  #wait(delay: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.setTimer(() => {
        this.#waits.delete(end);
        resolve();
      }, delay);
      const end = () => {
        this.#waits.delete(end);
        timer.cancel();
        reject(new Closed("close", "unsent"));
      };
      this.#waits.add(end);
    });
  }
}

/** @throws InvalidOption for a value that is no object, or has a key that would have no effect */
function rejectStrangers(app: string, credentials: unknown): void {
  if (typeof credentials !== "object" || credentials === null) {
    const type = credentials === null ? "null" : typeof credentials;
    throw new InvalidOption(
      "credentials",
      `credentials() must return an object for an app; it returned ${type}`,
    );
  }
  const stranger = Object.keys(credentials).find((key) => !KNOWN.has(key));
  if (stranger === undefined) return;
  const text = `credentials(${JSON.stringify(printable(String(app)))}) returned the unknown key ${JSON.stringify(printable(stranger))}: an app has environment, auth and topic; how APNs is reached belongs into the options of ApnsClients`;
  throw new InvalidOption(stranger, text);
}
