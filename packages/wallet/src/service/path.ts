/**
 * Maximum characters of one decoded part of a path. Identifiers of devices, types and items are far shorter.
 */
const LONGEST_PART = 256;

/** @returns the base path without a slash at its end, such as `/wallet`; empty for none */
export function normalBase(basePath: string): string {
  let end = basePath.length;
  while (end > 0 && basePath[end - 1] === "/") end--;
  const trimmed = basePath.slice(0, end);
  return trimmed === "" || trimmed.startsWith("/") ? trimmed : `/${trimmed}`;
}

/**
 * The decoded parts of a URL's path below a base.
 *
 * @returns `undefined` for a path outside of the base, or a path that no device asks for
 */
export function partsOf(url: URL, base: string): readonly string[] | undefined {
  if (!url.pathname.startsWith(`${base}/`)) return undefined;
  const parts: string[] = [];
  for (const raw of url.pathname.slice(base.length + 1).split("/")) {
    const part = decoded(raw);
    if (part === undefined || part === "" || part.length > LONGEST_PART || /[\p{Cc}\p{Cs}]/u.test(part)) {
      return undefined;
    }
    parts.push(part);
  }
  return parts;
}

function decoded(raw: string): string | undefined {
  try {
    return decodeURIComponent(raw);
  } catch {
    return undefined;
  }
}
