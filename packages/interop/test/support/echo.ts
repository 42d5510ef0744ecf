import type { Request } from "@apnskit/pool";

/** A request as the server received it. */
export interface Received {
  readonly path: string;
  /** `name: value` each, sorted. */
  readonly fields: readonly string[];
  readonly body: Buffer;
}

/** The answer of an echo server: the path, a line for each header field, an empty line, the body. */
export function writeEcho(path: string, fields: readonly string[], body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${[path, ...fields].join("\n")}\n\n`), body]);
}

export function readEcho(answer: Uint8Array): Received {
  const bytes = Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength);
  const end = bytes.indexOf("\n\n");
  const [path = "", ...fields] = bytes.toString("utf8", 0, Math.max(0, end)).split("\n");
  return { path, fields: fields.sort(), body: bytes.subarray(end + 2) };
}

/** The difference between the sent request and the received request; nothing if they are equal. */
export function difference(request: Request, answer: Uint8Array): string | undefined {
  const { path, fields, body } = readEcho(answer);
  if (path !== request.path) return `path ${path} instead of ${request.path}`;
  const sent = Object.entries(request.headers)
    .map(([name, value]) => `${name}: ${value}`)
    .sort();
  if (sent.join("\n") !== fields.join("\n")) return `fields [${fields}] instead of [${sent}]`;
  if (!body.equals(request.body))
    return `${body.length} octets of body, unlike the ${request.body.length} sent`;
  return undefined;
}
