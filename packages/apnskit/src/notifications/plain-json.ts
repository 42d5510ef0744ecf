/** Deeper and larger values get the full walk, which also finds circles. */
const MOST_LEVELS = 20;
const MOST_CHARACTERS = 100_000;

const dateToJson = Date.prototype.toJSON;

/** Values and characters that the current check may still visit. Checks do not overlap. */
let left = 0;

/**
 * Whether `JSON.stringify` writes all of a value: only plain objects and arrays, text, finite numbers,
 * booleans and `null`. Most payloads qualify, and this check costs a fraction of writing them.
 *
 * @param datesAsText whether valid dates count as well
 */
export function isPlainJson(value: object, datesAsText: boolean): boolean {
  left = MOST_CHARACTERS;
  try {
    return isPlain(value, datesAsText, 0);
  } catch {
    // The full walk reaches the same getter or Proxy, and names its place.
    return false;
  }
}

function isPlain(value: object, datesAsText: boolean, level: number): boolean {
  left -= 2;
  if (level >= MOST_LEVELS || left < 0) return false;
  const prototype = Object.getPrototypeOf(value);
  const { toJSON } = value as { toJSON?: unknown };
  if (prototype === Date.prototype) {
    return datesAsText && toJSON === dateToJson && Number.isFinite(Date.prototype.getTime.call(value));
  }
  if (toJSON !== undefined) return false;
  if (prototype === Array.prototype) {
    if (!Array.isArray(value) || value.length > left) return false;
    for (let index = 0; index < value.length; index++) {
      if (!isPlainValue(value[index], datesAsText, level)) return false;
    }
    return true;
  }
  if (prototype !== Object.prototype && prototype !== null) return false;
  // Visiting inherited keys as well does no harm.
  for (const key in value) {
    if (!isPlainValue((value as Record<string, unknown>)[key], datesAsText, level)) return false;
  }
  return true;
}

function isPlainValue(value: unknown, datesAsText: boolean, level: number): boolean {
  switch (typeof value) {
    case "string":
      left -= value.length;
      return true;
    case "number":
      // Neither NaN nor an infinity.
      return value - value === 0;
    case "boolean":
    case "undefined":
      return true;
    case "object":
      return value === null || isPlain(value, datesAsText, level + 1);
    default:
      return false;
  }
}
