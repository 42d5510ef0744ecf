import { hash, randomBytes } from "node:crypto";
import { InvalidRequest, type Request } from "@apnskit/connection";

/** The most bytes that APNs takes (Apple: "Sending notification requests to APNs"). */
const MAX_LENGTH = 64;

/**
 * Returns the request with a random `apns-collapse-id`, unless it has one. A device shows notifications with
 * the same collapse id as one. So a request with its own id is idempotent: it may be sent again when its
 * delivery is unknown. Keep the returned request for your own further attempts; another call makes another
 * id.
 */
export function withCollapseId(request: Request): Request {
  if (request.header("apns-collapse-id") !== undefined) return request;
  // 18 octets are 24 characters of base64url, random enough to be unique.
  return request.with({ "apns-collapse-id": randomBytes(18).toString("base64url") });
}

/**
 * Derives a collapse id from business keys, such as order number and event. The same parts make the same id,
 * so a job that runs again after a crash does not show its notification twice. At most 64 bytes; the keys
 * cannot be recovered from the id.
 *
 * @throws {@link InvalidRequest} without parts, and for a part that is neither text nor a finite number
 */
export function collapseIdFor(...parts: readonly (string | number | bigint)[]): string {
  if (parts.length === 0)
    throw new InvalidRequest("apns-collapse-id", "a collapse id needs at least one part");
  let keys = "";
  for (const part of parts) {
    const valid = typeof part === "string" || typeof part === "bigint" || Number.isFinite(part);
    if (!valid) {
      throw new InvalidRequest(
        "apns-collapse-id",
        "parts of a collapse id must be strings, finite numbers or bigints",
      );
    }
    // The length comes first, so that ("ab", "c") and ("a", "bc") differ.
    const text = String(part);
    keys += `${Buffer.byteLength(text)}:${text}`;
  }
  return hash("sha256", keys, "base64url").slice(0, MAX_LENGTH);
}
