import { InvalidNotification } from "../errors.ts";
import { DELIVERY_OPTIONS, type DeliveryOptions } from "./delivery.ts";
import { type FieldRules, FieldTable, type JsonObject, jsonObject } from "./fields.ts";
import { encodeJson } from "./json.ts";
import { Notification, type NotificationKind } from "./notification.ts";

/** The parts of a payload that every notification with an `aps` dictionary may carry. */
export interface PayloadOptions {
  /** The app's own keys, beside `aps`. */
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  /** Keys of `aps` under their wire names; they win over options of the same meaning. */
  readonly aps?: Readonly<Record<string, unknown>> | undefined;
  /** An `aps` key under its wire name, such as one that Apple added later: it passes through unchanged. */
  readonly [key: `${string}-${string}`]: unknown;
}

const NOT_APS = [...DELIVERY_OPTIONS, "data", "aps"];

/** How the options of one constructor become its `aps` dictionary. */
export class ApsMapping {
  readonly #table: FieldTable;

  /** @param elsewhere further options that do not belong into `aps` */
  constructor(rules: FieldRules = {}, elsewhere: readonly string[] = []) {
    this.#table = new FieldTable(rules, [...NOT_APS, ...elsewhere]);
  }

  /** @param own the keys that the constructor sets itself, in an object that may be written to */
  map(options: PayloadOptions, own: Record<string, unknown> = {}): Record<string, unknown> {
    const aps = this.#table.map(options, own);
    return options.aps === undefined ? aps : { ...aps, ...jsonObject(options.aps, "aps") };
  }

  /** The same for payloads that need no `aps`: `undefined` when it would be empty. */
  mapIfAny(options: PayloadOptions): Record<string, unknown> | undefined {
    const aps = this.map(options);
    return Object.keys(aps).length > 0 || options.aps !== undefined ? aps : undefined;
  }
}

/**
 * Puts a payload together and makes the notification.
 *
 * @param data the app's keys; `options.data` unless the constructor has its own
 * @throws InvalidNotification
 */
export function assemble(
  kind: NotificationKind,
  aps: JsonObject | undefined,
  options: PayloadOptions & DeliveryOptions,
  data: JsonObject = ownData(options),
): Notification {
  const payload = aps === undefined ? data : { aps, ...data };
  return new Notification(kind, encodeJson(payload), options);
}

/** The app's own keys; they stand beside `aps`, so that none may be called so. */
export function ownData(options: PayloadOptions): JsonObject {
  const data = options.data === undefined ? {} : jsonObject(options.data, "data");
  if (Object.hasOwn(data, "aps")) {
    throw new InvalidNotification("data", "conflict", "must not have the key aps; use the option aps");
  }
  return data;
}
