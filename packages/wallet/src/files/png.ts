const SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex");

/**
 * The size of a PNG image in pixels.
 *
 * @returns `undefined` for anything else
 */
export function pngSize(bytes: Uint8Array): { readonly width: number; readonly height: number } | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 24));
  if (head.length < 24 || !head.subarray(0, 8).equals(SIGNATURE)) return undefined;
  if (head.toString("latin1", 12, 16) !== "IHDR") return undefined;
  return { width: head.readUInt32BE(16), height: head.readUInt32BE(20) };
}
