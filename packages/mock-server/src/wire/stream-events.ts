import { constants, type ServerHttp2Stream } from "node:http2";
import type { RequestStream } from "./request-stream.ts";

const REQUEST = Symbol("request");
type TaggedStream = ServerHttp2Stream & { [REQUEST]?: RequestStream };

/** Ties a request to its stream: it arrives with its last byte, and leaves with its stream. */
export function follow(stream: ServerHttp2Stream, request: RequestStream, flags: number): void {
  (stream as TaggedStream)[REQUEST] = request;
  stream.on("close", onClose);
  if (flags & constants.NGHTTP2_FLAG_END_STREAM) {
    stream.resume();
    request.connection.arrive(request);
  } else {
    stream.on("data", onData);
    stream.on("end", onEnd);
  }
}

// Shared by all streams, since a closure for each would cost time for each request.
function onData(this: TaggedStream, chunk: Buffer): void {
  this[REQUEST]!.append(chunk);
}

function onEnd(this: TaggedStream): void {
  const request = this[REQUEST]!;
  if (!this.aborted && !this.destroyed) request.connection.arrive(request);
}

function onClose(this: TaggedStream): void {
  const request = this[REQUEST]!;
  request.connection.leave(request);
}
