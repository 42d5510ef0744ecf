import { types } from "node:util";

/** Texts that a message may repeat: short, with characters that cannot hide anything. */
const HARMLESS = /^[\w.+-]{0,20}$/;

/** Describes the value of a setting in a message: repeats numbers and short words, else only the type. */
export function received(value: unknown): string {
  if (typeof value === "number") return `the number ${value}`;
  if (typeof value === "bigint") return `the bigint ${value}`;
  if (typeof value === "boolean") return String(value);
  if (typeof value === "string" && HARMLESS.test(value)) return `the string ${JSON.stringify(value)}`;
  return receivedType(value);
}

/** Describes a value of the payload in a message. Payloads are private, so it only names the type. */
export function receivedType(value: unknown): string {
  switch (typeof value) {
    case "undefined":
      return "nothing";
    case "object":
      return value === null ? "null; leave the option out instead" : objectType(value);
    case "number":
      return Number.isFinite(value) ? "a number" : String(value);
    default:
      return `a ${typeof value}`;
  }
}

function objectType(value: object): string {
  if (types.isPromise(value)) return "a Promise; await it first";
  if (types.isDate(value)) return Number.isNaN(timeOf(value)) ? "an invalid Date" : "a Date";
  if (types.isMap(value)) return "a Map; Object.fromEntries(map) makes an object of it";
  if (types.isSet(value)) return "a Set; [...set] makes an array of it";
  if (types.isUint8Array(value)) return "a Uint8Array";
  return isArray(value) ? "an array" : "an object";
}

/** The time of a `Date` of any realm, in milliseconds since 1970; NaN for an invalid one. */
export function timeOf(date: Date): number {
  return Date.prototype.getTime.call(date);
}

/** A revoked Proxy makes `Array.isArray` throw. */
function isArray(value: object): boolean {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}
