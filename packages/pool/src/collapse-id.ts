import { createHash, randomBytes } from "node:crypto";
import { InvalidRequest, type Request } from "@apnskit/connection";

/** Bytes that APNs takes (Apple: "Sending notification requests to APNs"). */
const MAX_LENGTH = 64;

/**
 * The request with a random `apns-collapse-id`, unless it has one. A device shows notifications with the same collapse id
 * as one, so a request with an id of its own may be sent again when it is not known what became of it: it counts as
 * idempotent. Keep the returned request for further attempts of your own; calling this again makes another id.
 */
export function withCollapseId(request: Request): Request {
  if (request.header("apns-collapse-id") !== undefined) return request;
  // 18 octets are 24 characters of base64url, and random enough never to meet another one.
  return request.with({ "apns-collapse-id": randomBytes(18).toString("base64url") });
}

/**
 * A collapse id that follows from business keys, such as order number and event: the same parts make the same id, so
 * that a job which is run again after a crash does not show its notification a second time. At most 64 bytes; keys
 * cannot be read back from it.
 *
 * @throws {@link InvalidRequest} without parts, and for a part that is neither text nor a finite number
 */
export function collapseIdFor(...parts: readonly (string | number | bigint)[]): string {
  if (parts.length === 0)
    throw new InvalidRequest("apns-collapse-id", "a collapse id needs at least one part");
  const hash = createHash("sha256");
  for (const part of parts) {
    const valid = typeof part === "string" || typeof part === "bigint" || Number.isFinite(part);
    if (!valid) {
      throw new InvalidRequest(
        "apns-collapse-id",
        "parts of a collapse id must be strings, finite numbers or bigints",
      );
    }
    // The length goes in front, so that ("ab", "c") and ("a", "bc") differ.
    const text = String(part);
    hash.update(`${Buffer.byteLength(text)}:${text}`);
  }
  return hash.digest("base64url").slice(0, MAX_LENGTH);
}
