import { InvalidNotification } from "../errors.ts";
import { type FieldRules, FieldTable } from "./field-table.ts";
import { HEADER_OPTIONS, type HeaderOptions } from "./header-options.ts";
import { apsDate, encodeJson } from "./json.ts";
import { define, type JsonObject, jsonObject } from "./json-values.ts";
import type { NotificationKind } from "./kinds.ts";
import type { Named } from "./named.ts";
import { Notification } from "./notification.ts";
import { assertOptions } from "./options-object.ts";
import { APS_KEYS } from "./vocabulary.ts";

/**
 * The payload options of every notification with an `aps` dictionary. Values become JSON as `JSON.stringify`
 * writes them. A value that it would lose (maps, promises, NaN …) is refused, with its place, such as
 * `data.order.at`.
 */
export interface PayloadOptions {
  /** The app's own keys, beside `aps`: an object of any class. Dates become ISO text. */
  readonly data?: object | undefined;
  /**
   * Keys of `aps` under their wire names, which are not checked; they override options of the same meaning.
   * Dates become the form that ActivityKit reads: seconds since 1970 in `timestamp`, `stale-date` and
   * `dismissal-date`, and seconds since 2001 within `content-state` and `attributes`. Elsewhere they become
   * ISO text.
   */
  readonly aps?: object | undefined;
  /** An `aps` key under its wire name, such as one that Apple added later: it passes through unchanged. */
  readonly [key: `${string}-${string}`]: unknown;
}

const NOT_APS = [...HEADER_OPTIONS, "data", "aps"];
const INSIST = "the option `aps` takes any key";

/** How the options of one function become its `aps` dictionary. */
export class ApsMapping {
  readonly #table: FieldTable;

  /** @param elsewhere further options that do not belong in `aps` */
  constructor(rules: FieldRules = {}, elsewhere: readonly string[] = []) {
    const options = { elsewhere: [...NOT_APS, ...elsewhere], wireKeys: APS_KEYS, insist: INSIST };
    this.#table = new FieldTable(rules, options);
  }

  /**
   * @param own the keys that the function itself sets, in an object that this method may change
   * @throws InvalidNotification
   */
  map(options: Named<PayloadOptions>, own: Record<string, unknown> = {}): Record<string, unknown> {
    assertOptions(options, "{ data: { order: 7 } }");
    const aps = this.#table.map(options, own);
    if (options.aps === undefined) return aps;
    const insisted = jsonObject(options.aps, ["aps"], apsDate);
    for (const key of Object.keys(insisted)) {
      if (insisted[key] !== undefined) define(aps, key, insisted[key]);
    }
    return aps;
  }

  /** The same for payloads that need no `aps`: `undefined` if it would be empty. */
  mapIfAny(options: Named<PayloadOptions>): Record<string, unknown> | undefined {
    const aps = this.map(options);
    return Object.keys(aps).length > 0 || options.aps !== undefined ? aps : undefined;
  }
}

/**
 * Assembles a payload and makes the notification.
 *
 * @param data the app's keys; `options.data` unless the function has its own
 * @throws InvalidNotification
 */
export function assemble(
  kind: NotificationKind,
  aps: JsonObject | undefined,
  options: Named<PayloadOptions> & HeaderOptions,
  data: JsonObject | undefined = ownData(options),
): Notification {
  const payload = aps === undefined ? (data ?? {}) : data === undefined ? { aps } : { aps, ...data };
  return new Notification(kind, encodeJson(payload), options);
}

/** The app's own keys, which are beside `aps`: none may be called `aps`. */
export function ownData(options: Named<PayloadOptions>): JsonObject | undefined {
  if (options.data === undefined) return undefined;
  const data = jsonObject(options.data, ["data"]);
  if (Object.hasOwn(data, "aps")) {
    throw new InvalidNotification("data", "conflict", "must not have the key aps; use the option aps");
  }
  return data;
}
