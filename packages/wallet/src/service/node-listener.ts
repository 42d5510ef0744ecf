import type { IncomingMessage, ServerResponse } from "node:http";
import { empty } from "./reply.ts";
import type { Handler } from "./update-service.ts";

/** Members that Express and others add to Node.js's requests. */
interface FrameworkParts {
  /** The URL before a router removed its own path. */
  readonly originalUrl?: string;
  /** The body, if a parser has read it already. */
  readonly body?: unknown;
}

type RequestBody = NonNullable<RequestInit["body"]>;

/**
 * A listener for `node:http`, `node:https` and frameworks on top of them, such as Express. It also works
 * behind a JSON body parser.
 */
export function nodeListener(
  handler: Handler,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (incoming, outgoing) => {
    const request = requestOf(incoming);
    const response = request === undefined ? empty(400) : await handler(request);
    const body = Buffer.from(await response.arrayBuffer());
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(body);
    // The unread rest of a body that is too large would block the connection's next request.
    incoming.resume();
  };
}

/** @returns `undefined` if the Fetch API has no such request, as for the method TRACE */
function requestOf(incoming: IncomingMessage & FrameworkParts): Request | undefined {
  const { method = "GET", originalUrl, url } = incoming;
  const path = originalUrl ?? url ?? "/";
  const headers = new Headers();
  for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
    const name = incoming.rawHeaders[at]!;
    if (!name.startsWith(":")) headers.append(name, incoming.rawHeaders[at + 1]!);
  }
  // The services use only the path; the host that a client claims does not matter.
  const full = `https://localhost${path.startsWith("/") ? "" : "/"}${path}`;
  if (!URL.canParse(full) || ["CONNECT", "TRACE", "TRACK"].includes(method)) return undefined;
  if (method === "GET" || method === "HEAD") return new Request(full, { method, headers });
  return new Request(full, { method, headers, body: bodyOf(incoming), duplex: "half" } as RequestInit);
}

function bodyOf(incoming: IncomingMessage & FrameworkParts): RequestBody {
  if (incoming.body !== undefined && incoming.readableEnded) {
    return typeof incoming.body === "string" ? incoming.body : JSON.stringify(incoming.body);
  }
  return chunksOf(incoming) as unknown as RequestBody;
}

async function* chunksOf(incoming: IncomingMessage): AsyncGenerator<Uint8Array> {
  // Not the stream itself: leaving it early would end the connection before the answer is sent.
  for await (const chunk of incoming.iterator({ destroyOnReturn: false })) yield chunk as Uint8Array;
}
