import type { ErrorCode } from "./http2/codes.ts";
import type { ReceivedField } from "./http2/hpack-reader.ts";
import type { Fields } from "./http2/hpack-writer.ts";
import type { ScriptedSession } from "./scripted-session.ts";

/** An answer to write; `{}` is a 200 without a body. */
export interface Answer {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Fields;
  /** An object is sent as JSON; a list is sent as one DATA frame per element at least. */
  readonly body?:
    | string
    | Uint8Array
    | readonly (string | Uint8Array)[]
    | { readonly [key: string]: unknown };
  readonly trailers?: Fields;
}

/** Decides the answer to a request. Without an answer it stays open, unless the script deals with it otherwise. */
export type Responder = (
  request: ScriptedRequest,
  // biome-ignore lint/suspicious/noConfusingVoidType: a responder may be a bare call such as `request.reset(…)`
) => Answer | undefined | void | Promise<Answer | undefined | void>;

/** A request as it arrives. It grows until `complete`. */
export class ScriptedRequest {
  readonly session: ScriptedSession;
  readonly streamId: number;
  /** In the order received, with how each was written. */
  readonly fields: readonly ReceivedField[];
  /** The same by name; of a repeated name, the last. */
  readonly headers: Readonly<Record<string, string>>;
  complete = false;
  readonly #parts: Buffer[] = [];

  constructor(session: ScriptedSession, streamId: number, fields: readonly ReceivedField[]) {
    this.session = session;
    this.streamId = streamId;
    this.fields = fields;
    this.headers = Object.fromEntries(fields.map((field) => [field.name, field.value]));
  }

  get path(): string {
    return this.headers[":path"] ?? "";
  }

  /** What has arrived of the body. */
  get body(): Buffer {
    return Buffer.concat(this.#parts);
  }

  json(): unknown {
    return JSON.parse(this.body.toString("utf8"));
  }

  respond(answer?: Answer): void {
    this.session.respond(this.streamId, answer);
  }

  reset(code: ErrorCode): void {
    this.session.reset(this.streamId, code);
  }

  /** For the session, as DATA arrives. */
  append(data: Buffer): void {
    this.#parts.push(data);
  }
}
