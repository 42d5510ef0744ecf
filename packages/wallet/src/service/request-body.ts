/** Why a body was refused. */
export type BodyProblem = "too-large" | "not-json";

/**
 * Reads a JSON body of limited size; nothing beyond the limit is kept.
 *
 * @param limit bytes
 */
export async function readJson(
  request: Request,
  limit: number,
): Promise<{ readonly json: unknown } | { readonly problem: BodyProblem }> {
  if (Number(request.headers.get("content-length") ?? 0) > limit) return { problem: "too-large" };
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    // Leaving the loop cancels the body.
    if (size > limit) return { problem: "too-large" };
    chunks.push(chunk);
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
    return { json: JSON.parse(text) as unknown };
  } catch {
    return { problem: "not-json" };
  }
}
