import type { IncomingMessage } from "node:http";
import { InvalidMockInput } from "../errors.ts";

const LONGEST_BODY = 64 * 1024 * 1024;

/**
 * Reads the JSON of a request.
 *
 * @returns undefined without a body
 * @throws InvalidMockInput if it is too long, or not JSON in UTF-8
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LONGEST_BODY) throw new InvalidMockInput(`The body is longer than ${LONGEST_BODY} bytes`);
    chunks.push(chunk);
  }
  if (length === 0) return undefined;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks)));
  } catch (cause) {
    throw new InvalidMockInput("The body is not JSON in UTF-8", undefined, { cause });
  }
}
