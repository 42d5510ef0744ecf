/** The static table (RFC 7541 Appendix A): index, name, value; indexes begin at 1. */
const entries: readonly (readonly [name: string, value: string])[] = [
  [":authority", ""],
  [":method", "GET"],
  [":method", "POST"],
  [":path", "/"],
  [":path", "/index.html"],
  [":scheme", "http"],
  [":scheme", "https"],
  [":status", "200"],
  [":status", "204"],
  [":status", "206"],
  [":status", "304"],
  [":status", "400"],
  [":status", "404"],
  [":status", "500"],
  ["accept-charset", ""],
  ["accept-encoding", "gzip, deflate"],
  ["accept-language", ""],
  ["accept-ranges", ""],
  ["accept", ""],
  ["access-control-allow-origin", ""],
  ["age", ""],
  ["allow", ""],
  ["authorization", ""],
  ["cache-control", ""],
  ["content-disposition", ""],
  ["content-encoding", ""],
  ["content-language", ""],
  ["content-length", ""],
  ["content-location", ""],
  ["content-range", ""],
  ["content-type", ""],
  ["cookie", ""],
  ["date", ""],
  ["etag", ""],
  ["expect", ""],
  ["expires", ""],
  ["from", ""],
  ["host", ""],
  ["if-match", ""],
  ["if-modified-since", ""],
  ["if-none-match", ""],
  ["if-range", ""],
  ["if-unmodified-since", ""],
  ["last-modified", ""],
  ["link", ""],
  ["location", ""],
  ["max-forwards", ""],
  ["proxy-authenticate", ""],
  ["proxy-authorization", ""],
  ["range", ""],
  ["referer", ""],
  ["refresh", ""],
  ["retry-after", ""],
  ["server", ""],
  ["set-cookie", ""],
  ["strict-transport-security", ""],
  ["transfer-encoding", ""],
  ["user-agent", ""],
  ["vary", ""],
  ["via", ""],
  ["www-authenticate", ""],
];

export const STATIC_TABLE_LENGTH = entries.length;

/** Names by index; position 0 is not used. */
export const staticNames: readonly string[] = ["", ...entries.map(([name]) => name)];
/** Values by index; position 0 is not used. */
export const staticValues: readonly string[] = ["", ...entries.map(([, value]) => value)];

/** The entries of the static table for one name. */
export interface StaticName {
  /** The lowest index that has the name. */
  readonly index: number;
  /** The index of each value; entries without a value are not in here. */
  readonly values: ReadonlyMap<string, number>;
}

const byName = new Map<string, { index: number; values: Map<string, number> }>();
for (let index = STATIC_TABLE_LENGTH; index >= 1; index--) {
  const name = staticNames[index]!;
  const value = staticValues[index]!;
  const known = byName.get(name);
  if (known === undefined) byName.set(name, { index, values: new Map() });
  else known.index = index;
  if (value !== "") byName.get(name)!.values.set(value, index);
}

/**
 * The entries of the static table for a name, if there are any. The lookup goes by name, then by value: a
 * joined key would cost a new string and its hash for each field.
 */
export function staticName(name: string): StaticName | undefined {
  return byName.get(name);
}

/** The lowest index that has this name, or 0. */
export function staticNameIndex(name: string): number {
  return byName.get(name)?.index ?? 0;
}

/** The index that has this name and this value, or 0. */
export function staticFieldIndex(name: string, value: string): number {
  return byName.get(name)?.values.get(value) ?? 0;
}
