/** Bytes of JSON that APNs takes (Apple: "Sending notification requests to APNs", "Sending broadcast push …"). */
const DEVICE_LIMIT = 4_096;
const LARGE_LIMIT = 5_120;

/** The largest body for a path and push type. */
export function bodyLimit(path: string, pushType: string | undefined): number {
  return pushType === "voip" || path.startsWith("/4/broadcasts/") ? LARGE_LIMIT : DEVICE_LIMIT;
}
