import { types } from "node:util";
import { InvalidNotification } from "../errors.ts";
import { isPlainJson } from "./plain-json.ts";
import { receivedType, timeOf } from "./received.ts";

/** The place of a value: the option's name, then keys and indexes. */
export type Path = readonly (string | number)[];

/**
 * The form of a date, given its milliseconds since 1970 and its place. `undefined` means the ISO text that
 * `JSON.stringify` writes.
 */
export type DateForm = (time: number, path: Path) => number | undefined;

export type JsonObject = Readonly<Record<string, unknown>>;

export const asText: DateForm = () => undefined;

/** The most levels of objects and arrays. Foundation reads 512, and the payload adds some. */
const MOST_LEVELS = 500;
/** The most values and characters to check: shared objects can multiply without end. */
const MOST_CHARACTERS = 10_000_000;
const MOST_SEGMENTS = 8;

/**
 * Reads a value as `JSON.stringify` does. `toJSON` is honoured everywhere; `undefined`, functions and symbols
 * omit a key and are `null` in an array. A value that `JSON.stringify` would lose silently is an error
 * instead. An ordinary value is returned uncopied.
 *
 * @param path the option that holds it
 * @throws InvalidNotification, whose `field` is the place, for: NaN, infinities, invalid dates, bigints,
 *   circles, more than 500 levels, promises, maps, sets, binary data, objects whose content is not in their
 *   own properties, and getters, toJSON() and proxies that throw
 */
export function jsonValue(value: unknown, path: Path, dates: DateForm = asText): unknown {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
  if (typeof value === "object" && isPlainJson(value, dates === asText)) return value;
  const walk = new JsonWalk(path, dates);
  try {
    return walk.read(value);
  } catch (error) {
    if (error === walk.refusal) throw error;
    throw walk.refuse("cannot be read: its getter, toJSON() or Proxy threw");
  }
}

/**
 * The same for a value that must be an object, of any class.
 *
 * @throws InvalidNotification
 */
export function jsonObject(value: unknown, path: Path, dates: DateForm = asText): JsonObject {
  if (typeof value === "object" && value !== null) {
    const read = jsonValue(value, path, dates);
    const isObject = typeof read === "object" && read !== null && !Array.isArray(read);
    if (isObject && !types.isDate(read)) return read as JsonObject;
  }
  throw new InvalidNotification(
    placeOf(path),
    "invalid",
    `must be an object; received ${receivedType(value)}`,
  );
}

/** Sets a key that a caller chose; a key called `__proto__` must stay a key. */
export function define(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") target[key] = value;
  else Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

/** `contentState.match.kickoff`, `data.list[3]`. Omits keys unlike identifiers, since they may be private. */
export function placeOf(path: Path): string {
  let place = "";
  for (const segment of path.slice(0, MOST_SEGMENTS)) {
    if (typeof segment === "number") place += `[${segment}]`;
    else if (place === "") place = segment;
    else if (/^[A-Za-z_$][\w$]{0,39}$/.test(segment)) place += `.${segment}`;
    else place += /^[a-z][a-z-]{0,39}$/.test(segment) ? `["${segment}"]` : "[…]";
  }
  return path.length > MOST_SEGMENTS ? `${place}…` : place;
}

class JsonWalk {
  /** The error that this walk threw, to distinguish it from errors of the caller's objects. */
  refusal: InvalidNotification | undefined;
  readonly #dates: DateForm;
  /** The objects on the way from the root to the current value. */
  readonly #open: object[] = [];
  readonly #path: (string | number)[];
  /** Index into `#path` of the current value. */
  #at: number;
  #left = MOST_CHARACTERS;

  constructor(path: Path, dates: DateForm) {
    this.#path = [...path];
    this.#at = path.length - 1;
    this.#dates = dates;
  }

  /** Returns `undefined` for a value that JSON omits. */
  read(value: unknown, toJson = true): unknown {
    switch (typeof value) {
      case "string":
        return this.#text(value);
      case "number":
        if (Number.isFinite(value)) return value;
        throw this.refuse(`is ${value}, which JSON cannot write`);
      case "boolean":
        return value;
      case "bigint":
        if (toJson && hasToJson(value)) return this.#converted(value);
        throw this.refuse("is a bigint, which JSON cannot write; use Number() or String()");
      case "object":
        return value === null ? null : this.#object(value, toJson);
      case "function":
        return toJson && hasToJson(value) ? this.#converted(value) : undefined;
      default:
        return undefined;
    }
  }

  refuse(message: string, problem: "invalid" | "too-large" = "invalid"): InvalidNotification {
    const place = placeOf(this.#path.slice(0, this.#at + 1));
    this.refusal = new InvalidNotification(place, problem, message);
    return this.refusal;
  }

  #text(value: string): string {
    this.#left -= value.length;
    return value;
  }

  #object(value: object, toJson: boolean): unknown {
    const prototype = Object.getPrototypeOf(value);
    const plain = prototype === Object.prototype || prototype === Array.prototype || prototype === null;
    if (!plain && types.isDate(value)) return this.#date(value);
    if (toJson && hasToJson(value)) return this.#converted(value);
    if (!plain && types.isBoxedPrimitive(value)) return this.#unboxed(value);
    if (this.#open.length >= MOST_LEVELS) {
      throw this.refuse(`is nested deeper than the ${MOST_LEVELS} levels that a payload may have`);
    }
    if (this.#open.includes(value)) throw this.refuse("is a circle: an object that holds itself");
    this.#open.push(value);
    // A copy, so that JSON.stringify does not call toJSON or the getters of a class a second time.
    const read = Array.isArray(value)
      ? this.#array(value, !plain || !toJson)
      : this.#record(value, plain, !plain || !toJson);
    this.#open.pop();
    return read;
  }

  #date(date: Date): unknown {
    const time = timeOf(date);
    if (Number.isNaN(time)) throw this.refuse("is an invalid Date");
    const form = this.#dates(time, this.#path.slice(0, this.#at + 1));
    if (form !== undefined) return form;
    return hasToJson(date) ? this.#converted(date) : new Date(time).toISOString();
  }

  #converted(value: { toJSON(key: string): unknown }): unknown {
    return this.read(value.toJSON(String(this.#path[this.#at])), false);
  }

  /** As `JSON.stringify` does with `new Number(1)`. */
  #unboxed(value: object): unknown {
    if (types.isNumberObject(value)) return this.read(Number(value));
    if (types.isStringObject(value)) return this.read(String(value));
    if (types.isBooleanObject(value)) return Boolean.prototype.valueOf.call(value);
    throw this.refuse("is a bigint or symbol, which JSON cannot write");
  }

  #array(values: readonly unknown[], copies: boolean): unknown {
    const level = this.#at + 1;
    const { length } = values;
    this.#spend(length);
    let copy: unknown[] | undefined = copies ? [] : undefined;
    for (let index = 0; index < length; index++) {
      this.#at = level;
      this.#path[level] = index;
      const value = values[index];
      const read = typeof value === "string" ? this.#text(value) : this.read(value);
      if (copy === undefined && read !== value && read !== undefined) copy = values.slice(0, index);
      // In an array, a function or a hole is null.
      copy?.push(read === undefined ? null : read);
    }
    this.#at = level - 1;
    this.#spend(0);
    return copy ?? values;
  }

  #record(source: object, plain: boolean, copies: boolean): unknown {
    const level = this.#at + 1;
    const keys = Object.keys(source);
    if (!plain) this.#assertVisible(source, keys);
    this.#spend(keys.length);
    let copy: Record<string, unknown> | undefined = copies ? {} : undefined;
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index]!;
      this.#at = level;
      this.#path[level] = key;
      this.#left -= key.length;
      const value = (source as JsonObject)[key];
      const read = typeof value === "string" ? this.#text(value) : this.read(value);
      if (copy === undefined && read !== value && read !== undefined) copy = firstOf(source, keys, index);
      if (copy !== undefined && read !== undefined) define(copy, key, read);
    }
    this.#at = level - 1;
    this.#spend(0);
    return copy ?? source;
  }

  #spend(values: number): void {
    this.#left -= values;
    if (this.#left < 0) {
      throw this.refuse("holds more than ten million values and characters", "too-large");
    }
  }

  /** Refuses a value with content that `JSON.stringify` would write as `{}`, or nearly so. */
  #assertVisible(value: object, keys: readonly string[]): void {
    if (types.isPromise(value) || typeof (value as { then?: unknown }).then === "function") {
      throw this.refuse("is a Promise; await it first");
    }
    if (types.isMap(value)) throw this.refuse("is a Map; use Object.fromEntries(map)");
    if (types.isSet(value)) throw this.refuse("is a Set; use [...set]");
    if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) {
      throw this.refuse("is binary data; use base64 text or an array of numbers");
    }
    if (keys.length === 0 && hidesContent(value)) {
      throw this.refuse("would be written as {}; use a plain object, or give its class a toJSON()");
    }
  }
}

function hasToJson<T>(value: T): value is T & { toJSON(key: string): unknown } {
  return typeof (value as { toJSON?: unknown }).toJSON === "function";
}

/** Copies the values of the first `count` keys, which are sent as they are. */
function firstOf(source: object, keys: readonly string[], count: number): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (let index = 0; index < count; index++) {
    const value = (source as JsonObject)[keys[index]!];
    if (typeof value !== "function") define(copy, keys[index]!, value);
  }
  return copy;
}

/** Built-in objects, iterables, errors, and classes that show their content by getters only. */
function hidesContent(value: object): boolean {
  if (types.isNativeError(value) || types.isRegExp(value)) return true;
  if (typeof (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === "string") return true;
  if (Symbol.iterator in value || Symbol.asyncIterator in value) return true;
  // The last prototype is that of Object, in this realm or in another.
  for (let prototype = Object.getPrototypeOf(value); prototype !== null; ) {
    const next = Object.getPrototypeOf(prototype);
    if (next === null) return false;
    if (Object.values(Object.getOwnPropertyDescriptors(prototype)).some(({ get }) => get !== undefined)) {
      return true;
    }
    prototype = next;
  }
  return false;
}
