import type { IncomingMessage } from "node:http";
import { InvalidMockInput } from "../errors.ts";

/** A body that exceeds its route's limit. */
export class BodyTooLong extends InvalidMockInput {
  constructor(longest: number) {
    super(`The body is longer than ${longest} bytes, which is the most that is taken here`);
  }
}

/**
 * Reads the JSON of a request.
 *
 * @param longest the most bytes to accept
 * @returns undefined without a body
 * @throws BodyTooLong, and InvalidMockInput if it is not JSON in UTF-8
 */
export async function readJson(request: IncomingMessage, longest: number): Promise<unknown> {
  if (Number(request.headers["content-length"]) > longest) throw new BodyTooLong(longest);
  const chunks: Buffer[] = [];
  let length = 0;
  // Leaving the loop must not destroy the request, since its connection still carries the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > longest) throw new BodyTooLong(longest);
    chunks.push(chunk);
  }
  if (length === 0) return undefined;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks)));
  } catch (cause) {
    throw new InvalidMockInput("The body is not JSON in UTF-8", undefined, { cause });
  }
}
